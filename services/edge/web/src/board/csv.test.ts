import { describe, expect, it } from 'vitest'
import { csvOf } from './csv'

describe('csvOf', () => {
  it('begins with a BOM, and its lines end as CSV has them', () => {
    expect(csvOf(['店舗', 'yen'], [['渋谷店', 1980]])).toBe('\ufeff店舗,yen\r\n渋谷店,1980\r\n')
  })

  it.each(['=1+1', '+81', '-2', '@x', '\tx', '\rx', '\nx'])('no spreadsheet runs the text %j', (text) => {
    expect(csvOf(['a'], [[text]]).slice(4)).toMatch(/^"?'/)
  })

  it('leaves negative numbers numbers, and nothing empty', () => {
    expect(csvOf(['a', 'b'], [[-5, null]])).toBe('\ufeffa,b\r\n-5,\r\n')
  })

  it('quotes what holds a comma, a quote or a line', () => {
    expect(csvOf(['a'], [['x,"y"\nz']])).toBe('\ufeffa\r\n"x,""y""\nz"\r\n')
  })
})
