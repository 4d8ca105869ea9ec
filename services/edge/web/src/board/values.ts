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

/** The word for a code of an open list; the code itself where there is none. */
export function named(group: string, code: string): string {
  const key = `${group}.${code}`
  return hasText(key) ? t(key) : code
}
