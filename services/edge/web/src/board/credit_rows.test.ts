import { describe, expect, it } from 'vitest'
import { channelRows, gains, partyRows, sides } from './credit_rows'
import type { Credit } from './told'

const CREDIT: Credit = {
  parties: [
    { kind: 'store', party_id: 'S1', period: '2026-04', credit_jpy: 300 },
    { kind: 'store', party_id: 'S2', period: '2026-04', credit_jpy: 500 },
    { kind: 'department', party_id: 'ec', period: '2026-04', credit_jpy: 200 },
    { kind: 'store', party_id: 'S1', period: '2026-03', credit_jpy: 400 }
  ],
  channels: [
    { channel: 'ec', period: '2026-04', stores_jpy: 100, departments_jpy: 200 },
    { channel: 'ec', period: '2026-03', stores_jpy: 10, departments_jpy: 0 },
    { channel: 'store', period: '2026-04', stores_jpy: 700, departments_jpy: 0 }
  ],
  more: false
}

describe('partyRows', () => {
  it('has departments before stores, and who earned most first', () => {
    const { periods, rows } = partyRows(CREDIT)
    expect(periods).toEqual(['2026-03', '2026-04'])
    expect(rows.map((row) => [row.scope, row.total])).toEqual([['dept-ec', 200], ['S1', 700], ['S2', 500]])
  })
})

describe('sides', () => {
  it('adds up to the same as the parties', () => {
    expect(sides(CREDIT)).toEqual({ periods: ['2026-03', '2026-04'], stores: [400, 800], departments: [0, 200] })
  })
})

describe('channelRows', () => {
  it('adds periods up', () => {
    expect(channelRows(CREDIT)).toEqual([
      { channel: 'store', stores_jpy: 700, departments_jpy: 0 },
      { channel: 'ec', stores_jpy: 110, departments_jpy: 200 }
    ])
  })
})

describe('gains', () => {
  it('has who earned more since, or less, and nobody else', () => {
    const [first, ...others] = CREDIT.parties
    const now = {
      ...CREDIT,
      parties: [
        { ...first!, credit_jpy: 280 },
        ...others,
        { kind: 'store' as const, party_id: 'S3', period: '2026-04', credit_jpy: 100 }
      ]
    }
    expect(gains(CREDIT, now)).toEqual([
      { scope: 'S3', jpy: 100 },
      { scope: 'S1', jpy: -20 }
    ])
    expect(gains(CREDIT, CREDIT)).toEqual([])
  })
})
