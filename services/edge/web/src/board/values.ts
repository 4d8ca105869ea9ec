/** KPIs as they are shown: in their units, and whether they are where they should be. */

import { number, yen } from '@common/format'
import { hasText, t } from '@common/texts'

const DIGITS: Record<string, number> = { percent: 1, minutes: 1, seconds: 0 }

/** A value in its unit: `97.3 %`, `¥1,980`, `12.4 minutes`; a dash where there is none. */
export function shown(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined) return '–'
  if (unit === 'JPY') return yen(Math.round(value))
  const digits = Number.isInteger(value) ? 0 : (DIGITS[unit] ?? 1)
  const text = number(value, digits)
  return unit === 'percent' ? `${text}%` : `${text} ${unitOf(unit)}`
}

/** A change in its unit, with its sign: `+2.1 minutes`. */
export function change(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined) return '–'
  const sign = value > 0 ? '+' : value < 0 ? '−' : '±'
  const points = unit === 'percent' ? t('unit.points', { value: number(Math.abs(value), 1) }) : shown(Math.abs(value), unit)
  return `${sign}${points}`
}

export type Standing = 'reached' | 'missed' | 'unknown'

/** Whether a value has reached its target; unknown where one of them or the direction is missing. */
export function standing(
  value: number | null | undefined,
  target: number | null | undefined,
  better: string | null | undefined
): Standing {
  if (value === null || value === undefined || target === null || target === undefined || !better) return 'unknown'
  return (better === 'higher' ? value >= target : value <= target) ? 'reached' : 'missed'
}

/** The unit's name in the reader's language. */
export function unitOf(unit: string): string {
  return named('unit', unit)
}

// Each written out, so that a test can tell which texts are asked for.
const KNOWN = {
  channel: (code: string) => hasText(`channel.${code}`),
  department: (code: string) => hasText(`department.${code}`),
  fact: (code: string) => hasText(`fact.${code}`),
  kpi: (code: string) => hasText(`kpi_title.${code}`),
  owner: (code: string) => hasText(`owner.${code}`),
  redrive_state: (code: string) => hasText(`redrive_state.${code}`),
  role: (code: string) => hasText(`role.${code}`),
  stage: (code: string) => hasText(`stage.${code}`),
  step: (code: string) => hasText(`step.${code}`),
  unit: (code: string) => hasText(`unit.${code}`)
}

/** The word for a code of an open list; the code itself where there is none. */
export function named(group: keyof typeof KNOWN, code: string): string {
  return KNOWN[group](code) ? t(`${group === 'kpi' ? 'kpi_title' : group}.${code}`) : code
}
