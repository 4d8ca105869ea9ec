import { describe, expect, it } from 'vitest'
import { apart, unsaid } from './goods'

describe('unsaid', () => {
  it('is what neither name says', () => {
    expect(unsaid({ name_ja: 'トートバッグ', name_en: 'Tote bag', color: '黒', size: 'M' })).toEqual(['黒', 'M'])
    expect(unsaid({ name_ja: 'マグカップ', name_en: 'Mug' })).toEqual([])
  })

  it('is not what one of the names says, in whichever language', () => {
    expect(unsaid({ name_ja: 'シャツ 紺 L', name_en: 'Shirt Navy L', color: 'Navy', size: 'L' })).toEqual([])
  })

  it('takes whole words: a size is not in a word that has its letter', () => {
    expect(unsaid({ name_ja: 'シャツ', name_en: 'Large Shirt', size: 'L' })).toEqual(['L'])
  })
})

describe('apart', () => {
  it('leaves what names do not share at the front', () => {
    expect(apart(['シャツ1 紺 L', 'シャツ1 紺 M', 'シャツ1 緑 L'])).toEqual(['紺 L', '紺 M', '緑 L'])
    expect(apart(['Tote bag', 'Tote bag'])).toEqual(['', ''])
    expect(apart(['Mug', 'Tote bag'])).toEqual(['Mug', 'Tote bag'])
  })
})
