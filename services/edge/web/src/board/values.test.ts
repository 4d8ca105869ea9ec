import { beforeAll, describe, expect, it } from 'vitest'
import { choose } from '@common/texts'
import { change, shown, standing } from './values'

beforeAll(() => {
  const kept = new Map<string, string>()
  Object.assign(globalThis, {
    document: { documentElement: {} },
    localStorage: { getItem: (key: string) => kept.get(key) ?? null, setItem: kept.set.bind(kept) }
  })
  choose('en')
})

describe('shown', () => {
  it.each([
    [97.25, 'percent', '97.3%'],
    [1980, 'JPY', '¥1,980'],
    [-1980.4, 'JPY', '−¥1,980'],
    [12, 'things', '12 things'],
    [undefined, 'percent', '–']
  ])('%s %s is %s', (value, unit, text) => {
    expect(shown(value, unit)).toBe(text)
  })
})

describe('change', () => {
  it('has its sign', () => {
    expect(change(1980, 'JPY')).toBe('+¥1,980')
    expect(change(-2.5, 'things')).toBe('−2.5 things')
    expect(change(0, 'JPY')).toBe('±¥0')
  })
})

describe('standing', () => {
  it.each([
    [97, 97, 'higher', 'reached'],
    [96.9, 97, 'higher', 'missed'],
    [2, 2, 'lower', 'reached'],
    [2.1, 2, 'lower', 'missed'],
    [0, 2, 'higher', 'missed'],
    [undefined, 2, 'lower', 'unknown'],
    [5, undefined, 'lower', 'unknown'],
    [5, 2, undefined, 'unknown']
  ] as const)('%s against %s, better %s: %s', (value, target, better, word) => {
    expect(standing(value, target, better)).toBe(word)
  })
})
