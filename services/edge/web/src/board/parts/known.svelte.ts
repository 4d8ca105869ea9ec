/** What every page needs to name things: definitions of KPIs, and locations. Loaded once after signing in. */

import { call } from '@common/api'
import { language, t } from '@common/texts'
import type { KpiDefinition, Place } from '../told'
import { named } from '../values'

const DEPARTMENT = 'dept-'

let definitions = $state.raw<KpiDefinition[]>([])
let places = $state.raw<Place[]>([])

/** Load what is known. Throws what `call` throws. */
export async function loadKnown(): Promise<void> {
  const [defined, located] = await Promise.all([
    call<{ definitions: KpiDefinition[] }>('GET', '/v1/definitions'),
    call<{ places: Place[] }>('GET', '/v1/places')
  ])
  definitions = defined.definitions
  places = located.places
}

/** The KPIs that somebody answers for. */
export function kpis(): KpiDefinition[] {
  return definitions.filter((one) => one.owner !== undefined)
}

/** How a KPI or figure is made; undefined while nothing was told of it. */
export function definitionOf(name: string): KpiDefinition | undefined {
  return definitions.find((one) => one.name === name)
}

/** A KPI's title in the reader's language; of one that a retailer has added, as it was written. */
export function titleOf(name: string): string {
  const word = named('kpi', name)
  return word === name ? (definitionOf(name)?.title ?? name) : word
}

/** The stores, by id. */
export function stores(): Place[] {
  return places.filter((place) => place.kind === 'store')
}

/** Whether a scope is a store. */
export function isStore(scope: string): boolean {
  return stores().some((store) => store.location_id === scope)
}

/** The name of what a figure is about: the company, a store, a department, a channel. */
export function scopeName(scope: string): string {
  if (scope === 'all') return t('scope.all')
  if (scope.startsWith(DEPARTMENT)) return named('department', scope.slice(DEPARTMENT.length))
  const place = places.find((one) => one.location_id === scope)
  if (place) return language() === 'ja' ? place.name_ja : place.name_en
  return named('channel', scope)
}
