import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ago, barcodeIn, dateTime, dayWithYear, distance, normalise, percent, time, yen } from './format'
import { choose } from './texts'

beforeEach(() => {
  vi.stubGlobal('document', { documentElement: { lang: '' } })
  vi.stubGlobal('localStorage', { setItem: () => {}, getItem: () => null })
  choose('ja')
})

describe('values', () => {
  it('are written as in Japan', () => {
    expect(yen(1980)).toBe('¥1,980')
    expect(yen(-1980)).toBe('−¥1,980')
    expect(percent(0.973)).toBe('97.3%')
    expect(distance(0.34)).toBe('340 m')
    expect(distance(1.24)).toBe('1.2 km')
    expect(distance(12.4)).toBe('12 km')
    expect(dayWithYear('2026-11-28')).toBe('2026年11月28日')
  })

  it('are in the time of Tokyo wherever the reader is', () => {
    expect(time('2026-11-28T05:05:00Z')).toBe('14:05')
    expect(dateTime('2026-11-27T15:30:00Z')).toBe('11月28日(土) 00:30')
  })

  it('say how long ago something was', () => {
    const now = new Date('2026-11-28T05:00:00Z')
    expect(ago('2026-11-28T04:59:40Z', now)).toBe('たった今')
    expect(ago('2026-11-28T04:55:00Z', now)).toBe('5分前')
    expect(ago('2026-11-28T02:00:00Z', now)).toBe('3時間前')
    choose('en')
    expect(ago('2026-11-28T04:55:00Z', now)).toBe('5 min ago')
  })
})

describe('what was entered', () => {
  it('is read whatever the width of its characters', () => {
    expect(normalise('　ＡＢＣ　１２３ ')).toBe('ABC 123')
    expect(normalise('ﾄｰﾄ')).toBe('トート')
  })

  it.each([
    ['４９０１２３４５６７８９４', '4901234567894'],
    ['4901234 567894', '4901234567894'],
    ['4901234ー567894', '4901234567894'],
    ['49012347', '49012347'],
    ['490123', null],
    ['トートバッグ', null],
    ['123456789', null]
  ])('is a barcode or not: %s', (entered, digits) => {
    expect(barcodeIn(entered)).toBe(digits)
  })
})
