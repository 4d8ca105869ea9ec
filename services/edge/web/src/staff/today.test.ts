import { describe, expect, it } from 'vitest'
import { goodsSayIt, isOwner, lineKey, listed, minutesLeft, wantsAnswer, withDone, type Task, type Today } from './today'

const line = (sku: string, quantity: number, more = {}) => ({ line_id: `l-${sku}`, sku, quantity, ...more })

function aTask(task_id: string, more: Partial<Task> = {}): Task {
  return {
    task_id,
    kind: 'pick',
    subject: 'Pick',
    order_id: `O-${task_id}`,
    lines: [line('A', 2), line('B', 1)],
    due_at: '2026-04-01T10:00:00Z',
    state: 'open',
    ...more
  }
}

function aDay(tasks: Task[], waiting: Task[] = []): Today {
  return {
    holder: 'S001',
    as_of: '2026-04-01T09:00:00Z',
    done_today: 3,
    tasks,
    waiting: waiting.map((task) => ({ task, code_hashes: [] })),
    decisions: {},
    products: [],
    locations: [],
    more: false
  }
}

describe('the day with what was done here', () => {
  it('shows what is left of a line, however often and in whichever order it was worked on', () => {
    const task = aTask('t')
    const key = lineKey(task, task.lines[0]!)
    const effects = [{ leaves: { [key]: 0 }, ends: [] }, { leaves: { [key]: 1 }, ends: [] }]
    const [shown] = withDone(aDay([task]), effects).tasks
    expect(shown?.lines.map((one) => [one.sku, one.quantity])).toEqual([['B', 1]])
  })

  it('does not grow again when the server knows more already', () => {
    const task = aTask('t', { lines: [line('A', 1)] })
    const effects = [{ leaves: { [lineKey(task, task.lines[0]!)]: 1 }, ends: [] }]
    expect(withDone(aDay([task]), effects).tasks[0]?.lines[0]?.quantity).toBe(1)
  })

  it('has a list with nothing left to pick as done, and counts it', () => {
    const task = aTask('t')
    const leaves = Object.fromEntries(task.lines.map((one) => [lineKey(task, one), 0]))
    const shown = withDone(aDay([task, aTask('u')]), [{ leaves, ends: [] }])
    expect([shown.tasks.map((one) => one.task_id), shown.done_today]).toEqual([['u'], 4])
  })

  it('keeps a count, whose lines are of no pieces, until it is done', () => {
    const count = aTask('c', { kind: 'count', lines: [line('A', 0)] })
    expect(withDone(aDay([count]), []).tasks).toHaveLength(1)
    expect(withDone(aDay([count]), [{ leaves: {}, ends: ['c'] }]).tasks).toEqual([])
  })

  it('lets go of a difference with the last piece that is put away, and keeps one without goods', () => {
    const beyond = aTask('b', { kind: 'discrepancy', lines: [line('A', 1)] })
    const words = aTask('w', { kind: 'discrepancy', lines: [] })
    const leaves = { [lineKey(beyond, beyond.lines[0]!)]: 0 }
    const shown = withDone(aDay([beyond, words]), [{ leaves, ends: [] }])
    expect(shown.tasks.map((task) => task.task_id)).toEqual(['w'])
  })

  it('lets go of what was handed over', () => {
    const shown = withDone(aDay([], [aTask('h', { kind: 'hand_over' })]), [{ leaves: {}, ends: ['h'] }])
    expect([shown.waiting, shown.done_today]).toEqual([[], 4])
  })

  it('shows a pick in a wave in both of its lists', () => {
    const own = aTask('t', { parent_id: 'W', lines: [line('A', 2)] })
    const wave = aTask('W', { kind: 'pick_wave', lines: [line('A', 2, { task_id: 't', order_id: 'O-t' })] })
    const effects = [{ leaves: { [lineKey(wave, wave.lines[0]!)]: 1 }, ends: [] }]
    expect(withDone(aDay([own, wave]), effects).tasks.map((task) => task.lines[0]?.quantity)).toEqual([1, 1])
  })
})

describe('the list', () => {
  it('is sorted by when work is due, and shows what is in a wave there only', () => {
    const wave = aTask('W', { kind: 'pick_wave', due_at: '2026-04-01T09:30:00Z' })
    const late = aTask('late', { kind: 'count', due_at: '2026-04-01T08:00:00Z' })
    const lost = aTask('lost', { parent_id: 'a wave that is gone' })
    const day = aDay([lost, aTask('in it', { parent_id: 'W' }), wave, late])
    expect(listed(day).map((task) => task.task_id)).toEqual(['late', 'W', 'lost'])
  })

  it('counts minutes down, and below zero when it is late', () => {
    const now = Date.parse('2026-04-01T09:58:30Z')
    expect(minutesLeft('2026-04-01T10:00:00Z', now)).toBe(1)
    expect(minutesLeft('2026-04-01T09:48:00Z', now)).toBe(-11)
  })
})

describe('who is asked', () => {
  it('is told from work by the decisions that the server names, also where others have to take them', () => {
    const day = { ...aDay([aTask('asked'), aTask('work')]), decisions: { asked: [] } }
    expect(day.tasks.map((task) => wantsAnswer(day, task))).toEqual([true, false])
  })

  it('is a store, or somebody who does no store\'s work', () => {
    expect(['dept:customer-care', 'area:kanto', 'headquarters'].every(isOwner)).toBe(true)
    expect(['S001', 'department', 'headquarters-2'].some(isOwner)).toBe(false)
  })
})

describe('goodsSayIt', () => {
  it('is so for what is picked, not for what goes somewhere, and not without goods', () => {
    expect(goodsSayIt(aTask('t'))).toBe(true)
    expect(goodsSayIt(aTask('t', { kind: 'ship_transfer' }))).toBe(false)
    expect(goodsSayIt(aTask('t', { lines: [] }))).toBe(false)
  })
})
