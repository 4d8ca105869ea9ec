/** Business days as the pages ask for them. */

const DAY_MS = 24 * 60 * 60 * 1000
const BEGINS_HOUR = 6 // insight's BUSINESS_DAY_BEGINS_HOUR: it only decides which days are suggested
const JAPAN_HOURS = 9

/** The business day of a moment, in Japan: 2026-04-01. */
export function businessDay(now: Date = new Date()): string {
  return new Date(now.getTime() + (JAPAN_HOURS - BEGINS_HOUR) * 60 * 60 * 1000).toISOString().slice(0, 10)
}

/** A day some days later, or earlier. */
export function plusDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10)
}

/** All days from the first to the last, both among them. */
export function daysBetween(first: string, last: string): string[] {
  const days: string[] = []
  for (let day = first; day <= last; day = plusDays(day, 1)) days.push(day)
  return days
}
