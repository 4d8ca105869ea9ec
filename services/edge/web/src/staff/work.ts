// What staff do, as the server's bodies say it, with what it leaves to do. Each function is one kind of work.

import { unsaid } from '@common/goods'
import type { Work } from './queue'
import { lineKey, type Line, type Product, type Task, type Waiting } from './today'

export interface Worker {
  /** The store that is signed in. */
  store: string
  /** `staff:…`, who answers for it. */
  staffRef: string
  deviceId: string
}

export const SHORT_KINDS = ['missing', 'damaged', 'unreachable', 'sold'] as const
export const DISPOSITIONS = ['resellable', 'damaged', 'inspect'] as const
export const DESK_CHECKS = ['id_document', 'order_mail', 'app_account', 'payment_card'] as const
export const PAUSE_REASONS = ['busy', 'short_of_staff', 'closed_early', 'stock_taking'] as const

type Body = Record<string, unknown>
type Rest = Pick<Work, 'lane' | 'path' | 'idField' | 'body' | 'says' | 'effect'> & Partial<Work>

function work(worker: Worker, { body, ...rest }: Rest): Work {
  const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
  return {
    store: worker.store,
    body: { staff_ref: worker.staffRef, device_id: worker.deviceId, ...given },
    ...rest
  }
}

const nothing = { leaves: {}, ends: [] }

/** The record that a piece of work is about: what is done about it goes out in order. */
function about(task: Task, line?: Line): { order_id?: string; transfer_id?: string; lane: string } {
  const order_id = line?.order_id ?? task.order_id
  const transfer_id = line?.transfer_id ?? task.transfer_id
  return { order_id, transfer_id, lane: order_id ?? transfer_id ?? task.task_id }
}

function ofLine(task: Task, line: Line): Body {
  const { order_id, transfer_id } = about(task, line)
  const task_id = line.task_id ?? task.task_id
  return { order_id, transfer_id, task_id, line_id: line.line_id, allocation_id: line.allocation_id }
}

function left(task: Task, line: Line, pieces: number): Work['effect'] {
  return { leaves: { [lineKey(task, line)]: line.quantity - pieces }, ends: [] }
}

/** Somebody begins a task, at the time at which it was opened on the device: its minutes run from then. */
export function start(worker: Worker, task: Task, openedAt: string): Work {
  const { lane, ...ids } = about(task)
  return work(worker, {
    lane,
    path: '/v1/task-starts',
    idField: 'start_id',
    body: { ...ids, task_id: task.task_id, occurred_at: openedAt },
    says: { key: 'start', values: {} },
    effect: nothing,
    quiet: true
  })
}

export function pick(worker: Worker, task: Task, line: Line, sku: string, quantity: number, name: string): Work {
  return work(worker, {
    lane: about(task, line).lane,
    path: '/v1/picks',
    idField: 'pick_id',
    body: { ...ofLine(task, line), sku, quantity },
    says: { key: 'pick', values: { name, quantity } },
    effect: left(task, line, quantity)
  })
}

export function shortPick(worker: Worker, task: Task, line: Line, kind: string, quantity: number, name: string): Work {
  return work(worker, {
    lane: about(task, line).lane,
    path: '/v1/short-picks',
    idField: 'short_pick_id',
    body: { ...ofLine(task, line), sku: line.sku, quantity, kind },
    says: { key: `short.${kind}`, values: { name, quantity } },
    effect: left(task, line, quantity)
  })
}

export function putAway(worker: Worker, task: Task, line: Line, quantity: number, name: string): Work {
  const { order_id, transfer_id, lane } = about(task, line)
  const { line_id, allocation_id } = line
  return work(worker, {
    lane,
    path: '/v1/put-aways',
    idField: 'put_away_id',
    body: {
      order_id,
      transfer_id,
      task_id: line.task_id ?? task.task_id,
      lines: [defined({ sku: line.sku, quantity, line_id, allocation_id })]
    },
    says: { key: 'put_away', values: { name, quantity } },
    effect: left(task, line, quantity)
  })
}

/** All that was picked for a transfer has left. */
export function ship(worker: Worker, task: Task, tracking: string): Work {
  const { order_id, transfer_id, lane } = about(task)
  return work(worker, {
    lane,
    path: '/v1/transfer-shipments',
    idField: 'shipping_id',
    body: { order_id, transfer_id, tracking_number: tracking || undefined },
    says: { key: 'ship', values: { name: task.subject } },
    effect: { leaves: {}, ends: [task.task_id] }
  })
}

/** All that was picked for a parcel has left with a carrier. */
export function shipParcel(worker: Worker, task: Task, carrier: string, tracking: string): Work {
  const { order_id, lane } = about(task)
  const lines = task.lines.map(({ line_id, allocation_id, sku, quantity }) => defined({ line_id, allocation_id, sku, quantity }))
  return work(worker, {
    lane,
    path: '/v1/parcels',
    idField: 'parcel_id',
    body: { order_id, carrier, tracking_number: tracking || undefined, lines },
    says: { key: 'ship', values: { name: task.subject } },
    effect: { leaves: {}, ends: [task.task_id] }
  })
}

export interface Arrived {
  received: number
  damaged: number
}

/** What came of a transfer, line by line; `complete`: nothing more is expected, what is missing is looked for. */
export function receive(worker: Worker, task: Task, arrived: Arrived[], complete: boolean): Work {
  const { order_id, transfer_id, lane } = about(task)
  const lines = task.lines.map(({ line_id, allocation_id, sku, quantity }, place) => {
    const { received, damaged } = arrived[place] ?? { received: 0, damaged: 0 }
    return defined({ line_id, allocation_id, sku, shipped: quantity, received, damaged: Math.min(damaged, received) })
  })
  const leaves = task.lines.map((line, place) => [
    lineKey(task, line),
    Math.max(0, line.quantity - (arrived[place]?.received ?? 0))
  ])
  return work(worker, {
    lane,
    path: '/v1/transfer-receipts',
    idField: 'receiving_id',
    body: { order_id, transfer_id, lines, complete },
    says: { key: 'receive', values: { name: task.subject } },
    effect: complete ? { leaves: {}, ends: [task.task_id] } : { leaves: Object.fromEntries(leaves), ends: [] }
  })
}

/** What is on the shelf, counted just now. */
export function count(worker: Worker, task: Task, counted: { sku: string; quantity: number }[], nowMs: number): Work {
  return work(worker, {
    lane: task.task_id,
    path: '/v1/counts',
    idField: 'count_id',
    body: { scope: 'shelf', counted_at: new Date(nowMs).toISOString(), lines: counted },
    says: { key: 'count', values: { name: task.subject } },
    effect: { leaves: {}, ends: [task.task_id] }
  })
}

export type Proof = { code_hash: string } | { desk_check: string } | { digits: string }

/** The shopper has all that waits. `offline`: the goods are gone, and the server is told of it. */
export function handOver(worker: Worker, { task }: Waiting, proof: Proof, offline: boolean): Work {
  const pieces = new Map<string, number>()
  for (const { line_id = '', quantity } of task.lines) pieces.set(line_id, quantity + (pieces.get(line_id) ?? 0))
  return work(worker, {
    lane: task.order_id ?? '',
    path: '/v1/handovers',
    idField: 'handover_id',
    body: {
      order_id: task.order_id,
      lines: [...pieces].map(([line_id, quantity]) => ({ line_id, quantity })),
      ...proof,
      done_offline: offline
    },
    says: { key: 'hand_over', values: { order: task.order_id ?? '' } },
    effect: { leaves: {}, ends: [task.task_id] },
    atOnce: true
  })
}

export interface Returned {
  line_id: string
  sku: string
  quantity: number
  disposition: string
}

export function takeBack(worker: Worker, orderId: string, lines: Returned[]): Work {
  return work(worker, {
    lane: orderId,
    path: '/v1/order-returns',
    idField: 'return_id',
    body: { order_id: orderId, lines },
    says: { key: 'return', values: { order: orderId, quantity: lines.reduce((sum, line) => sum + line.quantity, 0) } },
    effect: nothing
  })
}

export function pause(worker: Worker, reason: string, until: string | undefined): Work {
  return work(worker, {
    lane: worker.store,
    path: '/v1/pickup-pauses',
    idField: 'pause_id',
    body: { reason, until },
    says: { key: 'pause', values: {} },
    effect: nothing
  })
}

export function resume(worker: Worker): Work {
  return work(worker, {
    lane: worker.store,
    path: '/v1/pickup-resumptions',
    idField: 'resume_id',
    body: {},
    says: { key: 'resume', values: {} },
    effect: nothing
  })
}

/** The most urgent lists of several orders as one walk. */
export function takeWave(worker: Worker, kind: 'pick' | 'put_away'): Work {
  return work(worker, {
    lane: worker.store,
    path: '/v1/waves',
    idField: 'wave_id',
    body: { owner: worker.staffRef, kind },
    says: { key: 'take_wave', values: {} },
    effect: nothing,
    atOnce: true
  })
}

export function releaseWave(worker: Worker, task: Task): Work {
  return work(worker, {
    lane: worker.store,
    path: '/v1/wave-releases',
    idField: 'release_id',
    body: { wave_id: task.task_id },
    says: { key: 'release_wave', values: {} },
    effect: { leaves: {}, ends: [task.task_id] }
  })
}

/** A product as staff look for it: name, colour and size. */
export function nameOf(product: Product | undefined, sku: string, language: string): string {
  if (product === undefined) return sku
  const name = language === 'ja' ? product.name_ja : product.name_en
  return [name, ...unsaid(product)].join(' ')
}

function defined(values: Body): Body {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}
