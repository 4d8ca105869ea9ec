import { describe, expect, it } from 'vitest'
import type { History } from './api'
import { codeIn, numberIn, verdict } from './linking'

const asked = (guesses_left?: number): History => ({ state: 'asked', version: 1, guesses_left, purchases: [], has_more: false })

describe('a code', () => {
  it.each([
    ['04291704', '04291704'],
    ['０４２９１７０４', '04291704'],
    [' 0429 1704 ', '04291704'],
    ['0429-1704', '04291704'],
    ['0429170', null],
    ['042917041', null],
    ['abcdefgh', null],
    ['', null]
  ])('typed as %j is %j', (entered, code) => {
    expect(codeIn(entered)).toBe(code)
  })
})

describe('a number', () => {
  it.each([
    ['４００５ 1234', '4005 1234'],
    ['', null],
    ['hanako@example.jp', null],
    ['hanako＠example.jp', null],
    ['1'.repeat(61), null]
  ])('typed as %j is %j', (entered, number) => {
    expect(numberIn(entered)).toBe(number)
  })
})

describe('what became of a code', () => {
  it('is not known while nothing has changed', () => {
    expect(verdict(asked(5), asked(5))).toBeNull()
    expect(verdict(asked(undefined), asked(5))).toBeNull()
  })
  it('is wrong where there is a guess less', () => {
    expect(verdict(asked(5), asked(4))).toBe('wrong')
  })
  it('is right where purchases are shown', () => {
    expect(verdict(asked(1), { ...asked(1), state: 'proven' })).toBe('right')
  })
  it('is over where there is no link any more', () => {
    expect(verdict(asked(1), { ...asked(), state: 'none' })).toBe('over')
  })
})
