/**
 * The way over the payment page. What is to be ordered stays in this browser meanwhile; the page leads back with its word
 * that it was paid, behind the `#` of the address, where no server and no log sees it.
 */

import type { Kept } from '@common/kept'
import type { OrderBody } from './api'

/** An order whose payment was begun. */
export interface Paying {
  paymentId: string
  body: OrderBody
}

/** Remember what is paid for at `payAt`, the address that came with the quote. */
export function begin(kept: Kept<Paying>, payAt: string, body: OrderBody): void {
  kept.set({ paymentId: new URL(payAt).searchParams.get('payment_id') ?? '', body })
}

/** The order that was paid for, where the payment page has led back with its word; null where it has not. */
export function paidOrder(kept: Kept<Paying>, hash: string): OrderBody | null {
  const said = new URLSearchParams(hash.replace(/^#/, ''))
  const paying = kept.get()
  const signature = said.get('signature')
  if (!paying || !signature || said.get('payment_id') !== paying.paymentId) return null
  return { ...paying.body, paid: { payment_id: paying.paymentId, signature } }
}
