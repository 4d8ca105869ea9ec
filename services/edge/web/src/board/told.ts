/** What edge-board answers, as far as the pages use it. */

export interface KpiValue {
  name: string
  scope: string
  period: string
  value?: number
  no_data?: string
  unit: string
  target?: number
  baseline?: number
  owner?: string
  due?: string
}

export interface KpiDefinition {
  name: string
  title: string
  formula: string
  figures: string[]
  unit: string
  better?: 'higher' | 'lower'
  owner?: string
  target?: number
  due?: string
  events?: string[]
}

export interface Place {
  location_id: string
  name_ja: string
  name_en: string
  kind: string
}

export interface Effect {
  before?: number
  after?: number
  others_before?: number
  others_after?: number
  days_before: number
  days_after: number
  trend?: number
  difference?: number
  chance?: number
  word: string
}

export interface Measure {
  measure_id: string
  kpi: string
  scope: string
  title: string
  description?: string
  owner: string
  starts_on: string
  due?: string
  expected?: number
  unit?: string
  stores_compared: number
  effect?: Effect
  as_of: string
}

export interface PolicyPart {
  role: string
  percent: number
  reason?: string
  touchpoints?: string[]
  window_days?: number
  department?: string
}

export interface CreditPolicy {
  policy_id: string
  title: string
  departments?: { department_id: string; title: string }[]
  parts: PolicyPart[]
  adopted_from?: string[]
  is_default: boolean
}

export interface PartyCredit {
  kind: 'store' | 'department'
  party_id: string
  credited_jpy: number
  would_be_jpy: number
  credited_across_companies_jpy?: number
  would_be_across_companies_jpy?: number
}

export interface Trial {
  trial_id: string
  policy_id: string
  percents?: { role: string; percent: number }[]
  first_day: string
  last_day: string
  occurred_at: string
  staff_ref?: string
  sales: number
  amount_jpy: number
  parties: PartyCredit[]
}

export interface KpiPart {
  figure: string
  part_id: string
  day: string
  amount: number
  count: number
  facts?: string[]
}

export interface Explanation {
  question_id: string
  parts: KpiPart[]
  next_after?: string
}

export interface Credit {
  parties: { kind: 'store' | 'department'; party_id: string; period: string; credit_jpy: number }[]
  channels: { channel: string; period: string; stores_jpy: number; departments_jpy: number }[]
  more: boolean
}

export interface Journey {
  day: string
  days: number
  few: number
  stages?: { stage: string; first_channel?: string; customers?: number }[]
  paths?: { steps?: string[]; customers?: number }[]
  computed_at: string
}

export interface CommandState {
  command_id: string
  state: 'waiting' | 'done' | 'refused'
  reason?: string
  detail?: string
}
