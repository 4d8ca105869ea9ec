/** When a store is open today, in one line. */

import { t } from '@common/texts'
import type { Store } from './api'

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const JAPAN_AHEAD_MS = 9 * 3_600_000 // the whole year: Japan has no summer time

type Opening = Pick<Store, 'opening_hours' | 'closed_dates'>

/** Such as ["10:00–21:00"]; of a day on which it is closed, nothing. */
export function hoursToday(store: Opening, now: Date): string[] {
  const inJapan = new Date(now.getTime() + JAPAN_AHEAD_MS)
  if (store.closed_dates.includes(inJapan.toISOString().slice(0, 10))) return []
  const day = DAYS[inJapan.getUTCDay()]
  return store.opening_hours.filter((each) => each.day === day).map((each) => `${each.opens}–${each.closes}`)
}

/** Such as "Open today 10:00–21:00", or that it is closed today. */
export function openToday(store: Opening): string {
  const hours = hoursToday(store, new Date())
  return hours.length === 0 ? t('opening.closed') : t('opening.today', { hours: hours.join(', ') })
}
