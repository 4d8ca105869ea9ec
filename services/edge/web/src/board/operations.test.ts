import { beforeAll, describe, expect, it } from 'vitest'
import { choose, useTexts } from '@common/texts'
import { atLeast, lagChart, lagWord, reasonAdvice, reasonWord, seconds, type DeadLetters, type Lag } from './operations'
import en from './texts/en.json'
import ja from './texts/ja.json'

beforeAll(() => {
  const kept = new Map<string, string>()
  Object.assign(globalThis, {
    document: { documentElement: {} },
    localStorage: { getItem: (key: string) => kept.get(key) ?? null, setItem: kept.set.bind(kept) }
  })
  useTexts({ ja, en })
  choose('en')
})

const lag = (changes: Partial<Lag> = {}): Lag => ({
  service: 'order', silent: false, topic: 'pos.sales', partitions: 3, records: 0, seconds: 0, stopped: 0, ...changes
})

const letters = (changes: Partial<DeadLetters> = {}): DeadLetters => ({
  service: 'order', topic: 'pos.sales', message_type: 'tsunagu.pos.sale.v1', reason: 'handler_failed', waiting: 1,
  parked_keys: 1, oldest_at: '2026-04-01T03:00:00Z', first_id: 1, detail: '', orders_total: 0, orders: [],
  location_ids: [], total_jpy: 0, exact: true, ...changes
})

describe('lagWord', () => {
  it('says the gravest first', () => {
    expect(lagWord(lag({ silent: true, stopped: 1, records: 5 }))).toBe(en['lag.silent'])
    expect(lagWord(lag({ stopped: 2, records: 5 }))).toBe('2 partitions stand still')
    expect(lagWord(lag({ records: 5 }))).toBe(en['lag.behind'])
    expect(lagWord(lag())).toBe(en['lag.none'])
  })
})

describe('lagChart', () => {
  it('shows the first twelve of them', () => {
    const chart = lagChart(Array.from({ length: 20 }, (_, at) => lag({ topic: `t${at}`, seconds: 20 - at })))
    expect(chart.categories).toHaveLength(12)
    expect(chart.lines[0]!.values[0]).toBe(20)
  })
})

describe('a reason', () => {
  it('is in words where it is known', () => {
    expect(reasonWord(letters())).toBe(en['reason.handler_failed'])
    expect(reasonAdvice(letters())).toBe(en['reason_advice.handler_failed'])
  })
  it('of a record that nobody could read is one for all', () => {
    const unread = letters({ message_type: undefined, reason: 'header_missing' })
    expect(reasonWord(unread)).toBe(en['reason.unreadable'])
    expect(reasonAdvice(unread)).toBe(en['reason_advice.unreadable'])
  })
  it("of a service's own is shown as it is", () => {
    expect(reasonWord(letters({ reason: 'nonsense' }))).toBe('nonsense')
    expect(reasonAdvice(letters({ reason: 'nonsense' }))).toBe(en['reason_advice.other'])
  })
})

it('a number that may be higher says so', () => {
  expect(atLeast('12', true)).toBe('12')
  expect(atLeast('12', false)).toBe('at least 12')
})

it('seconds below ten have a decimal', () => {
  expect([seconds(0.25), seconds(12.5), seconds(4000)]).toEqual(['0.3 s', '13 s', '4,000 s'])
})
