import { expect, it } from 'vitest'
import { kept } from '@common/kept'
import { begin, paidOrder, type Paying } from './paying'

const BODY = { lines: [{ sku: 'SKU-1', quantity: 1 }], prefecture: 'JP-13', total_jpy: 1980 }
const PAY_AT = 'https://pay.example.jp/?payment_id=p1&amount_jpy=1980&signature=s'

it('an order that was paid for is what was to be ordered, with the word of the payment page', () => {
  const store = kept<Paying>('paying.test')
  begin(store, PAY_AT, BODY)
  expect(paidOrder(store, '#payment_id=p1&signature=abc')).toEqual({ ...BODY, paid: { payment_id: 'p1', signature: 'abc' } })
})

it.each(['', '#', '#payment_id=p2&signature=abc', '#payment_id=p1', '#signature=abc'])('“%s” is no word of it', (hash) => {
  const store = kept<Paying>('paying.test')
  begin(store, PAY_AT, BODY)
  expect(paidOrder(store, hash)).toBeNull()
})

it('a word for an order that this browser does not know is none', () => {
  const store = kept<Paying>('paying.test')
  store.clear()
  expect(paidOrder(store, '#payment_id=p1&signature=abc')).toBeNull()
})
