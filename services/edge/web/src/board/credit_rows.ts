/** Credit by party and period, as tables and charts show it. */

import type { Credit } from './told'

export interface PartyRow {
  scope: string
  kind: 'store' | 'department'
  byPeriod: Map<string, number>
  total: number
}

/** The periods in order, and a row for each party: departments first, then stores, whoever earned most first. */
export function partyRows(credit: Credit): { periods: string[]; rows: PartyRow[] } {
  const periods = [...new Set(credit.parties.map((one) => one.period))].sort()
  const rows = new Map<string, PartyRow>()
  for (const { kind, party_id, period, credit_jpy } of credit.parties) {
    const scope = kind === 'department' ? `dept-${party_id}` : party_id
    const row = rows.get(scope) ?? { scope, kind, byPeriod: new Map<string, number>(), total: 0 }
    row.byPeriod.set(period, credit_jpy)
    row.total += credit_jpy
    rows.set(scope, row)
  }
  const order = (row: PartyRow) => (row.kind === 'department' ? 0 : 1)
  return { periods, rows: [...rows.values()].sort((a, b) => order(a) - order(b) || b.total - a.total) }
}

/** What stores and departments have earned in each period. */
export function sides(credit: Credit): { periods: string[]; stores: number[]; departments: number[] } {
  const { periods, rows } = partyRows(credit)
  const sum = (kind: string) =>
    periods.map((period) =>
      rows.filter((row) => row.kind === kind).reduce((total, row) => total + (row.byPeriod.get(period) ?? 0), 0)
    )
  return { periods, stores: sum('store'), departments: sum('department') }
}

export interface ChannelRow {
  channel: string
  stores_jpy: number
  departments_jpy: number
}

/** Who has earned what of each channel's sales, over all periods. */
export function channelRows(credit: Credit): ChannelRow[] {
  const rows = new Map<string, ChannelRow>()
  for (const { channel, stores_jpy, departments_jpy } of credit.channels) {
    const row = rows.get(channel) ?? { channel, stores_jpy: 0, departments_jpy: 0 }
    row.stores_jpy += stores_jpy
    row.departments_jpy += departments_jpy
    rows.set(channel, row)
  }
  return [...rows.values()].sort((a, b) => b.stores_jpy + b.departments_jpy - a.stores_jpy - a.departments_jpy)
}

export interface Gain {
  scope: string
  jpy: number
}

/** Who has earned more, or less, than in an earlier answer to the same question; whoever gained most first. */
export function gains(before: Credit, now: Credit): Gain[] {
  const had = new Map(partyRows(before).rows.map((row) => [row.scope, row.total]))
  return partyRows(now)
    .rows.map(({ scope, total }) => ({ scope, jpy: total - (had.get(scope) ?? 0) }))
    .filter(({ jpy }) => jpy !== 0)
    .sort((a, b) => b.jpy - a.jpy)
}
