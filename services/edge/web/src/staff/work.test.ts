import { describe, expect, it } from 'vitest'
import type { Task } from './today'
import { handOver, pick, putAway, receive, shipParcel, start, takeBack } from './work'

const WORKER = { store: 'S001', staffRef: 'staff:7', deviceId: 'D-1' }
const WHO = { staff_ref: 'staff:7', device_id: 'D-1' }
const TASK: Task = {
  task_id: 'T-1',
  kind: 'pick',
  subject: 'Pick',
  order_id: 'O-1',
  lines: [{ line_id: 'l1', allocation_id: 'a1', sku: 'A', quantity: 3 }],
  due_at: '2026-04-01T10:00:00Z',
  state: 'open'
}
const LINE = TASK.lines[0]!

describe('what the server is told', () => {
  it('of a pick: whose goods, which promise, what and how much, and no field that has no value', () => {
    const work = pick(WORKER, TASK, LINE, 'A', 2, 'shirt')
    expect(work.body).toEqual({ ...WHO, order_id: 'O-1', task_id: 'T-1', line_id: 'l1', allocation_id: 'a1', sku: 'A', quantity: 2 })
    expect([work.lane, work.effect.leaves]).toEqual(['O-1', { 'T-1|l1|a1|A': 1 }])
  })

  it('of a pick in a wave: the order and the task that the line is of', () => {
    const line = { ...LINE, order_id: 'O-2', task_id: 'T-2' }
    const work = pick(WORKER, { ...TASK, kind: 'pick_wave', order_id: undefined, lines: [line] }, line, 'A', 1, 'shirt')
    expect(work.body).toMatchObject({ order_id: 'O-2', task_id: 'T-2' })
    expect([work.lane, work.effect.leaves]).toEqual(['O-2', { 'T-2|l1|a1|A': 2 }])
  })

  it('of a put-away: its lines', () => {
    expect(putAway(WORKER, TASK, LINE, 3, 'shirt').body).toMatchObject({
      lines: [{ sku: 'A', quantity: 3, line_id: 'l1', allocation_id: 'a1' }]
    })
  })

  it('of a parcel: who carries it and all of its goods, and no number that there is not', () => {
    const parcel = { ...TASK, kind: 'ship_parcel' }
    const work = shipParcel(WORKER, parcel, 'Yamato', '')
    const lines = [{ line_id: 'l1', allocation_id: 'a1', sku: 'A', quantity: 3 }]
    expect(work.body).toEqual({ ...WHO, order_id: 'O-1', carrier: 'Yamato', lines })
    expect([work.path, work.lane, work.effect.ends]).toEqual(['/v1/parcels', 'O-1', ['T-1']])
    expect(shipParcel(WORKER, parcel, 'Yamato', '1234').body).toMatchObject({ tracking_number: '1234' })
  })

  it('of a beginning: when the task was opened, and nobody is bothered if it is refused', () => {
    const work = start(WORKER, TASK, '2026-04-01T09:00:00Z')
    expect(work.body).toMatchObject({ task_id: 'T-1', occurred_at: '2026-04-01T09:00:00Z' })
    expect(work.quiet).toBe(true)
  })

  it('of a transfer with differences: line by line, and what is left where more is to come', () => {
    const task = { ...TASK, kind: 'receive_transfer', transfer_id: 'TR-1' }
    const work = receive(WORKER, task, [{ received: 2, damaged: 1 }], false)
    expect(work.body).toMatchObject({
      transfer_id: 'TR-1',
      complete: false,
      lines: [{ line_id: 'l1', allocation_id: 'a1', sku: 'A', shipped: 3, received: 2, damaged: 1 }]
    })
    expect(work.effect).toEqual({ leaves: { 'T-1|l1|a1|A': 1 }, ends: [] })
    expect(receive(WORKER, task, [{ received: 3, damaged: 0 }], true).effect.ends).toEqual(['T-1'])
  })

  it('of a handover: pieces by line of the order, however many promises they come from', () => {
    const lines = [LINE, { ...LINE, allocation_id: 'a2', quantity: 1 }, { line_id: 'l2', sku: 'B', quantity: 1 }]
    const work = handOver(WORKER, { task: { ...TASK, lines }, code_hashes: [] }, { code_hash: 'f'.repeat(64) }, true)
    expect(work.body).toMatchObject({
      order_id: 'O-1',
      lines: [{ line_id: 'l1', quantity: 4 }, { line_id: 'l2', quantity: 1 }],
      code_hash: 'f'.repeat(64),
      done_offline: true
    })
    expect(work.atOnce).toBe(true)
  })

  it('of a return: what came back, in which state', () => {
    const lines = [{ line_id: 'l1', sku: 'A', quantity: 1, disposition: 'damaged' }]
    expect(takeBack(WORKER, 'O-1', lines).body).toEqual({ ...WHO, order_id: 'O-1', lines })
  })
})
