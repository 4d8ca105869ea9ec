import { describe, expect, it } from 'vitest'
import { language } from '@common/texts'
import { EMPTY, formOf, recipientOf, wrongLines, type Entered } from './address'
import { PREFECTURES, prefectureOf } from './postal'

const ENTERED: Entered = {
  family_name: ' 山田 ',
  given_name: '花子',
  postal_code: '〒１５０－０００１',
  prefecture: 'JP-13',
  city: '渋谷区',
  street: '神宮前９−８−７',
  building: '',
  phone: '０３－１２３４－５６７８',
  email: ''
}

describe('an address', () => {
  it('is taken in full-width digits and with hyphens', () => {
    expect(wrongLines(ENTERED)).toEqual([])
    expect(recipientOf(ENTERED)).toEqual({
      family_name: '山田',
      given_name: '花子',
      phone: '0312345678',
      language: language(),
      address: { postal_code: '1500001', prefecture: 'JP-13', city: '渋谷区', street: '神宮前9−8−7' }
    })
  })

  it('lacks what nobody can deliver without', () => {
    const needed = Object.keys(EMPTY).filter((line) => line !== 'building' && line !== 'email')
    expect(wrongLines(EMPTY)).toEqual(needed)
  })

  it.each([
    ['postal_code', '150000'],
    ['postal_code', '150-00012'],
    ['phone', '12345'],
    ['phone', '1312345678'],
    ['email', 'hanako'],
    ['street', '9'.repeat(201)],
    ['city', '　']
  ] as const)('with %s %s is not taken', (line, value) => {
    expect(wrongLines({ ...ENTERED, [line]: value })).toEqual([line])
  })

  it('is the same again in the form', () => {
    expect(recipientOf(formOf(recipientOf(ENTERED)))).toEqual(recipientOf(ENTERED))
    expect(formOf(null)).toEqual(EMPTY)
  })
})

describe('a postal code', () => {
  it.each([
    ['0600001', 'JP-01'],
    ['0100951', 'JP-05'],
    ['1000001', 'JP-13'],
    ['2310023', 'JP-14'],
    ['3300063', 'JP-11'],
    ['5300001', 'JP-27'],
    ['7600017', 'JP-37'],
    ['7708570', 'JP-36'],
    ['8120011', 'JP-40'],
    ['9000001', 'JP-47'],
    ['9808570', 'JP-04']
  ])('%s is in %s', (code, prefecture) => expect(prefectureOf(code)).toBe(prefecture))

  it('that is none is nowhere', () => {
    expect(prefectureOf('10')).toBeNull()
    expect(prefectureOf('100-0001')).toBeNull()
  })

  it('of each beginning is somewhere, and every prefecture has one', () => {
    const found = Array.from({ length: 100 }, (_, area) => prefectureOf(`${String(area).padStart(2, '0')}00000`))
    expect(found).not.toContain(null)
    expect([...new Set(found)].sort()).toEqual(PREFECTURES)
  })
})
