/** Texts in the reader's language. An app hands its two catalogues over before it draws anything. */

import { createSubscriber } from 'svelte/reactivity'
import commonEn from './texts/en.json'
import commonJa from './texts/ja.json'

export type Language = 'ja' | 'en'
export type Catalogue = Record<string, string>
export type Catalogues = Record<Language, Catalogue>

export const LANGUAGES: Language[] = ['ja', 'en']
const SETTING = 'tsunagu.language'

let catalogues: Catalogues = { ja: commonJa, en: commonEn }
let chosen: Language = stored() ?? preferred()
let redraw = () => {}
const subscribe = createSubscriber((update) => {
  redraw = update
})

/** Use an app's texts beside the common ones, and say on the page which language it is in. */
export function useTexts(own: Catalogues): void {
  catalogues = { ja: { ...commonJa, ...own.ja }, en: { ...commonEn, ...own.en } }
  document.documentElement.lang = chosen
}

/** The language that is shown. Where a component asks, it is drawn anew when the language changes. */
export function language(): Language {
  subscribe()
  return chosen
}

/** Show everything in another language, also after the next start. */
export function choose(wanted: Language): void {
  chosen = wanted
  document.documentElement.lang = wanted
  localStorage.setItem(SETTING, wanted)
  redraw()
}

/** The text of a key, its `{names}` replaced by values. A key that nobody wrote shows itself. */
export function t(key: string, values: Record<string, string | number> = {}): string {
  const text = catalogues[language()][key] ?? key
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

/** Whether there is a text of this key: for codes that the server may have more of than we know. */
export function hasText(key: string): boolean {
  return key in catalogues[chosen]
}

function stored(): Language | null {
  const value = typeof localStorage === 'undefined' ? null : localStorage.getItem(SETTING)
  return value === 'ja' || value === 'en' ? value : null
}

function preferred(): Language {
  const first = typeof navigator === 'undefined' ? 'ja' : (navigator.language ?? 'ja')
  return first.toLowerCase().startsWith('ja') ? 'ja' : 'en'
}
