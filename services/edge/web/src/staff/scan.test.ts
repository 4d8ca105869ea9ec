import { describe, expect, it } from 'vitest'
import { hashOf, matched, openedBy, skuOf, tokenIn, Wedge } from './scan'
import type { Product, Task, Today } from './today'

const PRODUCTS = [
  { sku: 'SHIRT', gtins: ['4901234567894'] },
  { sku: 'HAT', gtins: ['012345678905'] }
] as Product[]
const TOKEN = 'AbCdEfGhIjKlMnOpQrSt_-'

function typed(wedge: Wedge, text: string, gapMs: number): (string | undefined)[] {
  return [...text, 'Enter'].map((key, place) => wedge.hear(key, place * gapMs))
}

describe('a scanner that types', () => {
  it('is told from a hand by how fast its keys come', () => {
    expect(typed(new Wedge(), '4901234567894', 8).at(-1)).toBe('4901234567894')
    expect(typed(new Wedge(), '4901234567894', 120).at(-1)).toBeUndefined()
  })

  it('begins anew after a pause, and passes over keys that write nothing', () => {
    const wedge = new Wedge()
    wedge.hear('9', 0)
    const keys = ['Shift', 'A', 'Shift', 'b', 'c', 'd', 'Enter']
    expect(keys.map((key, place) => wedge.hear(key, 1000 + place * 5)).at(-1)).toBe('Abcd')
  })
})

describe('goods', () => {
  it.each([
    ['4901234567894', 'SHIRT'],
    ['４９０１２３４５６７８９４', 'SHIRT'],
    ['04901234567894', 'SHIRT'],
    ['0012345678905', 'HAT'],
    [' hat ', 'HAT'],
    ['4999999999999', undefined]
  ])('are found by what was scanned or typed: %s', (text, sku) => {
    expect(skuOf(PRODUCTS, text)).toBe(sku)
  })

  it('are a line that has something left, other goods, or unknown', () => {
    const lines = [
      { sku: 'SHIRT', quantity: 0, line_id: 'l1' },
      { sku: 'SHIRT', quantity: 2, line_id: 'l2' }
    ]
    const task = { kind: 'pick', lines } as unknown as Task
    expect(matched(task, PRODUCTS, 'SHIRT')).toEqual({ line: lines[1] })
    expect(matched(task, PRODUCTS, 'HAT')).toEqual({ other: 'HAT' })
    expect(matched(task, PRODUCTS, 'SHOE')).toBe('unknown')
  })
})

describe('a pickup code', () => {
  it.each([TOKEN, ` ${TOKEN}\n`, `https://shop.example/app/code/${TOKEN}`, `https://shop.example/?code=${TOKEN}`])(
    'is found in %s',
    (text) => expect(tokenIn(text)).toBe(TOKEN)
  )

  it('is nothing else', () => {
    expect([tokenIn('4901234567894'), tokenIn(`${TOKEN}x`), tokenIn('')]).toEqual([undefined, undefined, undefined])
  })

  it('opens the order whose hash it has, as the server makes it', async () => {
    // printf %s AbCdEfGhIjKlMnOpQrSt_- | sha256sum
    const hash = await hashOf(TOKEN)
    expect(hash).toBe('129343acb37fe0e9abdfc10353942f09cb0b6add33db5df719e750479bb3fd93')
    const waiting = { task: { order_id: 'O-1' }, code_hashes: ['0'.repeat(64), hash] }
    const today = { waiting: [waiting] } as unknown as Today
    expect(openedBy(today, hash)).toBe(waiting)
    expect(openedBy(today, '1'.repeat(64))).toBeUndefined()
  })
})
