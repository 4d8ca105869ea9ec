import { describe, expect, it } from 'vitest'
import { businessDay, daysBetween, plusDays } from './days'

describe('businessDay', () => {
  it('begins at six in the morning in Japan', () => {
    expect(businessDay(new Date('2026-03-31T20:59:59Z'))).toBe('2026-03-31')
    expect(businessDay(new Date('2026-03-31T21:00:00Z'))).toBe('2026-04-01')
  })
})

describe('daysBetween', () => {
  it('has both ends, over the end of a month', () => {
    expect(daysBetween('2026-02-27', '2026-03-01')).toEqual(['2026-02-27', '2026-02-28', '2026-03-01'])
    expect(daysBetween('2026-03-02', '2026-03-01')).toEqual([])
  })
})

describe('plusDays', () => {
  it('goes back as well', () => {
    expect(plusDays('2026-01-01', -1)).toBe('2025-12-31')
  })
})
