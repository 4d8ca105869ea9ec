/**
 * One order, once. What is sent and its key are kept in the browser before anything goes out, and until there is an answer:
 * a second click, a reload or a line that broke asks the same again, which the server answers as the first time.
 */

import { call, isPassing, Refused } from '@common/api'
import type { Kept } from '@common/kept'
import type { Order, OrderBody } from './api'

const WAIT_SECONDS = 5 // the decision is there within a second or two; the page of the order shows later ones

export interface Attempt {
  key: string
  body: OrderBody
}

/** What came of an attempt: an order, a clear no, or nothing yet. */
export type Outcome =
  | { kind: 'placed'; orderId: string }
  | { kind: 'refused'; error: Refused }
  | { kind: 'unknown'; error: unknown }

/** Send the attempt that waits, or a new one for `body`. While one waits, no other is made. */
export async function place(kept: Kept<Attempt>, body: OrderBody, newKey: () => string): Promise<Outcome> {
  let attempt = kept.get()
  if (!attempt) {
    attempt = { key: newKey(), body }
    kept.set(attempt)
  }
  try {
    const placed = await call<Pick<Order, 'order_id'>>('POST', `/v1/orders?wait=${WAIT_SECONDS}`, attempt.body, {
      idempotencyKey: attempt.key
    })
    kept.clear()
    return { kind: 'placed', orderId: placed.order_id }
  } catch (error) {
    // `key-in-use`: our own first request is still under way there.
    if (error instanceof Refused && !isPassing(error) && error.code !== 'key-in-use') {
      kept.clear()
      return { kind: 'refused', error }
    }
    return { kind: 'unknown', error }
  }
}
