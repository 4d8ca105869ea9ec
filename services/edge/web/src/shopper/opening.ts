/** When a store is open today, in one line. */

import { t } from '@common/texts'
import type { Store } from './api'

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const JAPAN_AHEAD_MS = 9 * 3_600_000 // the whole year: Japan has no summer time

/** Such as "Open today 10:00–21:00", or that it is closed today. */
export function openToday(store: Pick<Store, 'opening_hours' | 'closed_dates'>, now = new Date()): string {
  const inJapan = new Date(now.getTime() + JAPAN_AHEAD_MS)
  const day = DAYS[inJapan.getUTCDay()]
  const hours = store.opening_hours.filter((each) => each.day === day)
  if (hours.length === 0 || store.closed_dates.includes(inJapan.toISOString().slice(0, 10))) return t('opening.closed')
  return t('opening.today', { hours: hours.map((each) => `${each.opens}–${each.closes}`).join(', ') })
}
