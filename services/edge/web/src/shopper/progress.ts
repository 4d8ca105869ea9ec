/** How far an order is, and what its shopper may do by then. */

import { hasText, t } from '@common/texts'
import type { Order } from './api'

/** What the stream of an order says whenever the order, or its code, reads otherwise than before. */
export const SHOWN = 'order.shown'

/** The events that say no to what was asked for. */
export const REFUSALS = ['order.cancel_refused', 'command.refused']

const COLLECTED = ['confirmed', 'ready', 'completed']
const SENT = ['confirmed', 'shipped', 'delivered']
const REACHED: Record<string, number> = { pending: 0, placed: 0, confirmed: 1, choice: 1, ready: 2, shipped: 2, completed: 3, returned: 3 }
const OVER = ['refused', 'rejected', 'cancelled', 'completed', 'returned']

/** Whether an order is sent; one that is not yet known has no way. */
export function isSent(order: Pick<Order, 'groups'>): boolean {
  return order.groups[0]?.method === 'ship'
}

/** The steps of an order, as it is received. */
export function stepsOf(order: Pick<Order, 'groups'>): string[] {
  return isSent(order) ? SENT : COLLECTED
}

/** How many of its steps are behind an order. */
export function stepsDone(status: string): number {
  return REACHED[status] ?? 0
}

/** Whether nothing can be asked of an order any more but a return. */
export function isOver(status: string): boolean {
  return OVER.includes(status)
}

/** Whether anything of an order may still be changed or cancelled; what is on the road can't be called back. */
export function isChangeable(status: string): boolean {
  return !isOver(status) && status !== 'shipped'
}

/** Whether the goods are with the shopper, so that they may come back. */
export function isReturnable(order: Order): boolean {
  return order.lines.some((line) => line.completed_quantity > 0)
}

/** Whether another store may be asked for. */
export function isMovable(order: Order): boolean {
  return ['confirmed', 'ready'].includes(order.status) && order.groups[0]?.location_id !== undefined
}

/** The state of an order in words. */
export function statusText(order: Pick<Order, 'status' | 'groups'>): string {
  const status = order.status === 'completed' && isSent(order) ? 'delivered' : order.status
  return hasText(`status.${status}`) ? t(`status.${status}`) : status
}

/** A reason code in words, else the server's own sentence. */
export function reasonText(reason: string | undefined, detail: string | undefined): string {
  if (reason && hasText(`reason.${reason}`)) return t(`reason.${reason}`)
  return detail ?? reason ?? ''
}

/** What an order costs: its pieces that were not cancelled. */
export function totalOf(order: Pick<Order, 'lines'>): number {
  return order.lines.reduce((sum, line) => sum + line.unit_price_jpy * (line.quantity - line.cancelled_quantity), 0)
}
