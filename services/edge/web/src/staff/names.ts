// What people call a store, a department, headquarters, and what a task is about.

import { hasText, language, t } from '@common/texts'
import { placeOf, type Task, type Today } from './today'

/** A location's name in the reader's language; its id where nobody has told the name yet. */
export function placeName(today: Today | null, locationId: string): string {
  const place = today === null ? undefined : placeOf(today, locationId)
  if (place === undefined) return locationId
  return language() === 'ja' ? place.name_ja : place.name_en
}

/** Whose tablet it is. */
export function holderName(today: Today | null, holder: string): string {
  if (holder === 'headquarters') return t('owner.headquarters')
  const [, kind, name] = /^(dept|area):(.+)$/.exec(holder) ?? []
  if (kind === undefined || name === undefined) return placeName(today, holder)
  return kind === 'dept' ? t('owner.dept', { name }) : t('owner.area', { name })
}

/** What a task is about in the reader's language, where its case says it; else in the server's words. */
export function subjectOf(task: Task): string {
  return hasText(`case.${task.case}`) ? t(`case.${task.case}`) : task.subject
}
