import { describe, expect, it } from 'vitest'
import * as decisions from './decisions'
import { decide, prepare, type Prepared } from './decisions'
import { AtDoor, NotNow, type Door, type Outcome } from './queue'
import type { Task } from './today'

const TASK = { task_id: 'T-1', kind: 'approve_count', subject: '', lines: [], due_at: '', state: 'open' } as unknown as Task
const PREPARED: Prepared = { path: '/v1/count-approvals', key: 'k', body: { task_id: 'T-1' } }
const at_once = async () => undefined

/** A door whose outcomes come one after the other; an error is thrown in its place. */
function doorOf(given: Error | null, outcomes: (Outcome | Error)[] = []) {
  const seen: { path: string; body: Record<string, unknown>; key: string }[] = []
  const door: Door = {
    async give(path, body, key) {
      seen.push({ path, body, key })
      if (given !== null) throw given
      return 'C-1'
    },
    async ask() {
      const outcome = outcomes.shift() ?? { state: 'waiting' as const }
      if (outcome instanceof Error) throw outcome
      return outcome
    }
  }
  return { door, seen }
}

describe('an answer', () => {
  it('names its task and what was decided, and nothing that the task says by itself', () => {
    expect(decisions.approveCount(TASK, false)).toEqual({
      route: 'count-approvals',
      idField: 'approval_id',
      body: { task_id: 'T-1', approved: false }
    })
    expect(decisions.settleMoney(TASK, 'paid', 2500).body).toEqual({ task_id: 'T-1', settled: 'paid', amount_jpy: 2500 })
    for (const answer of [decisions.mergeCustomers(TASK), decisions.splitCustomer(TASK), decisions.dismissReview(TASK)]) {
      expect(answer.body).toEqual({ task_id: 'T-1' })
    }
  })

  it('of a difference takes off the books what leaves, and nothing else', () => {
    const { body } = decisions.settleDiscrepancy(TASK, 'write_off', { SHIRT: 2, HAT: 0 })
    expect(body).toEqual({ task_id: 'T-1', resolution: 'write_off', lines: [{ sku: 'SHIRT', change: -2 }] })
  })

  it('gets its ids and its time once, when it is prepared', () => {
    let count = 0
    const prepared = prepare(decisions.approveCount(TASK, true), () => `id-${(count += 1)}`, Date.parse('2026-04-01T00:00:00Z'))
    expect(prepared.path).toBe('/v1/count-approvals')
    expect(prepared.body).toEqual({
      approval_id: 'id-2',
      occurred_at: '2026-04-01T00:00:00.000Z',
      task_id: 'T-1',
      approved: true
    })
    expect(prepared.key).toBe('id-1')
  })
})

describe('a decision', () => {
  it('is done once the service has answered, however long that takes', async () => {
    const { door, seen } = doorOf(null, [{ state: 'waiting' }, new NotNow(true), { state: 'done' }])
    expect(await decide(door, PREPARED, at_once)).toEqual({ state: 'done' })
    expect(seen).toEqual([PREPARED])
  })

  it('that is refused says by which word and in which sentence', async () => {
    const { door } = doorOf(null, [{ state: 'refused', reason: 'already_settled', detail: 'It has been settled.' }])
    expect(await decide(door, PREPARED, at_once)).toMatchObject({
      state: 'refused',
      problem: { code: 'already_settled', detail: 'It has been settled.' }
    })
  })

  it('that the door refuses was not taken', async () => {
    const { door } = doorOf(new AtDoor({ code: 'right-needed', title: 'No', detail: 'No right' }))
    expect(await decide(door, PREPARED, at_once)).toMatchObject({ state: 'refused', problem: { code: 'right-needed', atDoor: true } })
  })

  it('without an answer is neither done nor kept: whoever decides presses again', async () => {
    expect(await decide(doorOf(new NotNow(true)).door, PREPARED, at_once)).toEqual({ state: 'unsent' })
    expect(await decide(doorOf(new NotNow(true, 0, true)).door, PREPARED, at_once)).toEqual({ state: 'signed-out' })
  })

  it('whose outcome does not come in time is with the server', async () => {
    expect(await decide(doorOf(null).door, PREPARED, at_once)).toEqual({ state: 'taken' })
  })

  it('does not swallow a bug', async () => {
    await expect(decide(doorOf(new TypeError('x')).door, PREPARED, at_once)).rejects.toThrow(TypeError)
  })
})
