/** Values as people in Japan write them, and what they enter as machines read it. */

import { language, t } from './texts'

const ZONE = 'Asia/Tokyo' // stores, deadlines and closing days are all in this one

const locale = () => (language() === 'ja' ? 'ja-JP' : 'en-GB')

function inTokyo(value: string | Date, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale(), { timeZone: ZONE, ...options }).format(new Date(value))
}

/** Whole yen: `¥1,980`. */
export function yen(amount: number): string {
  return `${amount < 0 ? '−' : ''}¥${number(Math.abs(amount))}`
}

/** A number with thousands: `1,980`. */
export function number(value: number, digits = 0): string {
  return new Intl.NumberFormat('ja-JP', { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value)
}

/** A share of 1 as per cent: `97.3%`. */
export function percent(share: number, digits = 1): string {
  return `${number(share * 100, digits)}%`
}

/** A day with its weekday: `11月28日(土)`. */
export function date(value: string | Date): string {
  return inTokyo(value, { month: 'short', day: 'numeric', weekday: 'short' })
}

/** A day of any year: `2026年11月28日`. */
export function dayWithYear(value: string | Date): string {
  return inTokyo(value, { year: 'numeric', month: 'short', day: 'numeric' })
}

/** A time of day: `14:05`. */
export function time(value: string | Date): string {
  return inTokyo(value, { hour: '2-digit', minute: '2-digit', hour12: false })
}

/** A day and a time of day. */
export function dateTime(value: string | Date): string {
  return `${date(value)} ${time(value)}`
}

/** How long ago: `たった今`, `5分前`; a day or more shows the day itself. */
export function ago(value: string | Date, now: Date = new Date()): string {
  const minutes = Math.floor((now.getTime() - new Date(value).getTime()) / 60_000)
  if (minutes < 1) return t('time.now')
  if (minutes < 60) return t('time.minutes_ago', { minutes })
  if (minutes < 24 * 60) return t('time.hours_ago', { hours: Math.floor(minutes / 60) })
  return dateTime(value)
}

/** A distance: `350 m`, `1.2 km`. */
export function distance(km: number): string {
  return km < 1 ? `${number(Math.round(km * 100) * 10)} m` : `${number(km, km < 10 ? 1 : 0)} km`
}

/** What was entered, as it is compared: full-width digits and letters become half-width (NFKC), ends are trimmed. */
export function normalise(entered: string): string {
  return entered.normalize('NFKC').replace(/\s+/g, ' ').trim()
}

/** What was entered without what people write between digits: spaces, hyphens of all kinds, brackets, the postal mark. */
export function digitsIn(entered: string): string {
  return normalise(entered).replace(/[\s‐-―ー−()〒-]/g, '')
}

/** The digits of a barcode in what was entered, or null where it is none: 8 to 14 digits, spaces and hyphens aside. */
export function barcodeIn(entered: string): string | null {
  const digits = digitsIn(entered)
  return /^\d{8}$|^\d{12,14}$/.test(digits) ? digits : null
}
