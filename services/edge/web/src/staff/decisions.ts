// What people decide about a task. It is given at once and only with a connection: a decision rests on what the
// server knows now, and one that waited on the device would be about something else by the time it is sent.

import { AtDoor, NotNow, type Door, type Problem } from './queue'
import type { Task } from './today'

export interface Answer {
  /** One of the task's decisions as the server names them. */
  route: string
  idField: string
  body: Record<string, unknown>
}

/** An answer with its ids: given again, it is the same request. */
export interface Prepared {
  path: string
  key: string
  body: Record<string, unknown>
}

export type Decided =
  | { state: 'done' }
  | { state: 'refused'; problem: Problem }
  /** The server has it, and has not said yet what became of it. */
  | { state: 'taken' }
  /** No answer: the server may have it or not. */
  | { state: 'unsent' }
  | { state: 'signed-out' }

export const RESOLUTIONS = ['accept', 'write_off', 'send_back', 'claim'] as const
export const MONEY_SETTLED = ['paid', 'refunded', 'waived', 'nothing_owed'] as const
/** How long somebody waits for the outcome before the page lets them go on. */
const ASKED_MAX = 15
const PAUSE_MS = 400

function answer(task: Task, route: string, idField: string, body: Record<string, unknown> = {}): Answer {
  return { route, idField, body: { task_id: task.task_id, ...body } }
}

/** The count stands, or the shelf is counted again. */
export function approveCount(task: Task, approved: boolean): Answer {
  return answer(task, 'count-approvals', 'approval_id', { approved })
}

/** `leaves`: pieces by SKU that are taken off the books. */
export function settleDiscrepancy(task: Task, resolution: string, leaves: Record<string, number>): Answer {
  const gone = Object.entries(leaves).filter(([, pieces]) => pieces > 0)
  const lines = gone.map(([sku, pieces]) => ({ sku, change: -pieces }))
  return answer(task, 'discrepancy-settlements', 'settlement_id', { resolution, lines })
}

export function settleMoney(task: Task, settled: string, amountJpy: number): Answer {
  return answer(task, 'money-settlements', 'settling_id', { settled, amount_jpy: amountJpy })
}

/** The two customers are one. */
export function mergeCustomers(task: Task): Answer {
  return answer(task, 'customer-merges', 'merge_id')
}

/** The ref means somebody else than it did: it becomes another customer's. */
export function splitCustomer(task: Task): Answer {
  return answer(task, 'customer-splits', 'split_id')
}

/** The two are not one; or what was said last of the ref is right. */
export function dismissReview(task: Task): Answer {
  return answer(task, 'review-dismissals', 'dismissal_id')
}

export function prepare({ route, idField, body }: Answer, newId: () => string, nowMs: number): Prepared {
  return {
    path: `/v1/${route}`,
    key: newId(),
    body: { [idField]: newId(), occurred_at: new Date(nowMs).toISOString(), ...body }
  }
}

/** Give an answer, and wait for what becomes of it. */
export async function decide(
  door: Door,
  { path, key, body }: Prepared,
  pause: (ms: number) => Promise<unknown> = (ms) => new Promise((done) => setTimeout(done, ms))
): Promise<Decided> {
  let commandId: string
  try {
    commandId = await door.give(path, body, key)
  } catch (error) {
    if (error instanceof AtDoor) return { state: 'refused', problem: { ...error.problem, atDoor: true } }
    if (error instanceof NotNow) return { state: error.signedOut ? 'signed-out' : 'unsent' }
    throw error
  }
  for (let asked = 0; asked < ASKED_MAX; asked += 1) {
    await pause(PAUSE_MS)
    try {
      const { state, reason = '', detail = '' } = await door.ask(commandId)
      if (state === 'done') return { state }
      if (state === 'refused') return { state, problem: { code: reason, title: reason, detail, atDoor: false } }
    } catch (error) {
      if (!(error instanceof NotNow)) throw error
    }
  }
  return { state: 'taken' }
}
