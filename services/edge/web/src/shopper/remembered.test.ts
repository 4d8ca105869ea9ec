import { expect, it } from 'vitest'
import { enterStore, forgetOrdered, recipient, remember, rememberedName, storeAround, withLine, withQuantity } from './remembered'

const STORE = { location_id: 'S001', name_ja: '渋谷店', name_en: 'Shibuya' }

it('a store that was entered hours ago is around no more', () => {
  enterStore(STORE, 0)
  expect(storeAround(3_600_000)?.location_id).toBe('S001')
  expect(storeAround(5 * 3_600_000)).toBeNull()
  enterStore(null)
  expect(storeAround(0)).toBeNull()
})

it('the same product twice is one line', () => {
  const first = withLine(null, { sku: 'A' }, 1, 'S001')
  const second = withLine(first, { sku: 'A' }, 2, 'S002')
  expect(second).toEqual({ lines: [{ sku: 'A', quantity: 3 }], location_id: 'S002' })
  expect(first.lines[0]!.quantity).toBe(1)
})

it('a product that is sent takes the cart with it', () => {
  const collected = withLine(null, { sku: 'A' }, 1, 'S001')
  expect(withLine(collected, { sku: 'B' }, 1)).toEqual({
    lines: [
      { sku: 'A', quantity: 1 },
      { sku: 'B', quantity: 1 }
    ]
  })
})

it('of an order that was placed, nobody who uses this browser next sees the address', () => {
  const address = { postal_code: '1500001', prefecture: 'JP-13', city: '渋谷区', street: '神宮前9-8-7' }
  recipient.set({ family_name: '山田', given_name: '花子', phone: '0312345678', language: 'ja', address })
  forgetOrdered()
  expect(recipient.get()).toBeNull()
})

it('a cart without pieces is none', () => {
  const cart = withLine(withLine(null, { sku: 'A' }, 1, 'S001'), { sku: 'B' }, 1, 'S001')
  const less = withQuantity(cart, 'A', 0)!
  expect(less.lines).toEqual([{ sku: 'B', quantity: 1 }])
  expect(withQuantity(less, 'B', 0)).toBeNull()
})

it('a name that was seen is shown, and an id where none was', () => {
  remember('SKU-1', { name_ja: 'トート', name_en: 'Tote' })
  expect(['トート', 'Tote']).toContain(rememberedName('SKU-1'))
  expect(rememberedName('SKU-9')).toBe('SKU-9')
})
