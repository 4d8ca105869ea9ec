/** The catalogues: both languages say the same things, and everything that is asked for is there. */

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const SOURCES = fileURLToPath(new URL('..', import.meta.url))
const APPS = ['shopper', 'staff', 'board']

type Catalogue = Record<string, string>

const catalogue = (folder: string, language: string): Catalogue =>
  JSON.parse(readFileSync(`${SOURCES}/${folder}/texts/${language}.json`, 'utf8')) as Catalogue

const sourcesOf = (folder: string): string =>
  readdirSync(`${SOURCES}/${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(svelte|ts)$/.test(name) && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(`${SOURCES}/${folder}/${name}`, 'utf8'))
    .join('\n')

/** Keys that are written out, and the beginnings of those that are put together: `t(`band.${band}`)`. */
function asked(sources: string): { whole: Set<string>; beginnings: Set<string> } {
  const whole = new Set<string>()
  const beginnings = new Set<string>()
  for (const [, key] of sources.matchAll(/\b(?:t|hasText)\(\s*'([^']+)'/g)) whole.add(key!)
  for (const [, start] of sources.matchAll(/\b(?:t|hasText)\(\s*`([^`$]+)\$\{/g)) beginnings.add(start!)
  return { whole, beginnings }
}

const placeholders = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!).sort()

describe.each(['common', ...APPS])('the texts of %s', (folder) => {
  const ja = catalogue(folder, 'ja')
  const en = catalogue(folder, 'en')

  it('are the same keys in both languages', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(ja).sort())
  })

  it('are never empty', () => {
    expect([...Object.entries(ja), ...Object.entries(en)].filter(([, text]) => text.trim() === '')).toEqual([])
  })

  it('take the same values in both languages', () => {
    for (const key of Object.keys(ja)) expect(placeholders(en[key] ?? ''), key).toEqual(placeholders(ja[key]!))
  })
})

describe.each(APPS)('what %s asks for', (app) => {
  const { whole, beginnings } = asked(sourcesOf(app) + sourcesOf('common'))
  const keys = Object.keys({ ...catalogue('common', 'ja'), ...catalogue(app, 'ja') })

  it('is in the catalogues', () => {
    expect([...whole].filter((key) => !keys.includes(key))).toEqual([])
    expect([...beginnings].filter((start) => !keys.some((key) => key.startsWith(start)))).toEqual([])
  })

  it('is all that is in the catalogues', () => {
    const own = Object.keys(catalogue(app, 'ja'))
    expect(own.filter((key) => !whole.has(key) && ![...beginnings].some((start) => key.startsWith(start)))).toEqual([])
  })
})
