/** What operators are told, and how it is put into words. */

import { number } from '@common/format'
import { hasText, t } from '@common/texts'
import type { ChartData } from './parts/chart_data'

export interface ServiceCondition {
  service: string
  silent: boolean
  told_at: string
  processes: number
  outbox_records: number
  outbox_seconds: number
  set_aside: number
  due_failing: number
  due_seconds: number
}

export interface Lag {
  service: string
  silent: boolean
  topic: string
  partitions: number
  records: number
  seconds: number
  stopped: number
}

export interface DeadLetters {
  service: string
  topic: string
  message_type?: string
  reason: string
  waiting: number
  parked_keys: number
  oldest_at: string
  first_id: number
  detail: string
  sample?: string
  orders_total: number
  orders: { order_id: string; amount_jpy: number }[]
  location_ids: string[]
  total_jpy: number
  exact: boolean
}

export interface Redrive {
  service: string
  redrive_id: string
  asked_by: string
  asked_at: string
  topic?: string
  reason?: string
  message_type?: string
  dry_run: boolean
  rate_per_second: number
  state: string
  matched: number
  redriven: number
  failed: number
  last_error: string
  ended_at?: string
  cancelled_by?: string
}

export interface Operations {
  as_of: string
  services: ServiceCondition[]
  lags: Lag[]
  dead_letters: DeadLetters[]
  redrives: Redrive[]
  affected: { orders: number; amount_jpy: number; location_ids: string[]; exact: boolean }
}

const CHARTED_MAX = 12
const FOLLOWS = 'follows_parked'
const UNREADABLE = 'unreadable'

/** The readers that are furthest behind, in seconds. */
export function lagChart(lags: Lag[]): ChartData {
  const shown = lags.slice(0, CHARTED_MAX)
  return {
    kind: 'lying',
    categories: shown.map((lag) => `${lag.service} ← ${lag.topic}`),
    lines: [{ name: t('lag.column.seconds'), values: shown.map((lag) => lag.seconds) }]
  }
}

/** How a reader is: it tells nothing, stands still until somebody decides, is behind, or has read all. */
export function lagWord(lag: Lag): string {
  if (lag.silent) return t('lag.silent')
  if (lag.stopped > 0) return t('lag.stopped', { partitions: lag.stopped })
  return lag.records > 0 ? t('lag.behind') : t('lag.none')
}

/** What went wrong, in a word; what no catalogue knows of a readable message is a service's own reason. */
export function reasonWord(letters: DeadLetters): string {
  const reason = known(letters)
  return hasText(`reason.${reason}`) ? t(`reason.${reason}`) : letters.reason
}

/** What it means for the business, and what somebody does about it. */
export function reasonAdvice(letters: DeadLetters): string {
  const reason = known(letters)
  return hasText(`reason_advice.${reason}`) ? t(`reason_advice.${reason}`) : t('reason_advice.other')
}

/** Whether it can be redriven by itself; what follows another message goes with that one. */
export function canBeRedriven(letters: DeadLetters): boolean {
  return letters.reason !== FOLLOWS
}

/** A number of which not all may be known: `12`, `at least 12`. */
export function atLeast(shown: string, exact: boolean): string {
  return exact ? shown : t('affected.at_least', { shown })
}

/** A duration in seconds, as exactly as somebody needs it. */
export function seconds(value: number): string {
  return t('lag.seconds', { value: number(value, value < 10 ? 1 : 0) })
}

function known(letters: DeadLetters): string {
  return letters.message_type === undefined && !hasText(`reason.${letters.reason}`) ? UNREADABLE : letters.reason
}
