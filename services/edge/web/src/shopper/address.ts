/** Who receives a parcel, as people enter it and as the door takes it. */

import { digitsIn, normalise } from '@common/format'
import { language } from '@common/texts'
import type { Recipient } from './api'

const LINE_CHARACTERS_MAX = 200 // as the contracts have it for one line of text
const PHONE_DIGITS = /^0\d{9,10}$/ // in Japan: 10 digits, of mobile phones 11

/** What stands in the form. */
export interface Entered {
  family_name: string
  given_name: string
  postal_code: string
  prefecture: string
  city: string
  street: string
  building: string
  phone: string
  email: string
}

export type Line = keyof Entered
export const EMPTY: Entered = {
  family_name: '',
  given_name: '',
  postal_code: '',
  prefecture: '',
  city: '',
  street: '',
  building: '',
  phone: '',
  email: ''
}

const MAY_BE_EMPTY: Line[] = ['building', 'email']

/** The lines that can't be taken as they are: whatever is full-width or has hyphens is taken. */
export function wrongLines(entered: Entered): Line[] {
  return (Object.keys(EMPTY) as Line[]).filter((line) => {
    const value = normalise(entered[line])
    if (value === '') return !MAY_BE_EMPTY.includes(line)
    if (line === 'postal_code') return !/^\d{7}$/.test(digitsIn(value))
    if (line === 'phone') return !PHONE_DIGITS.test(digitsIn(value))
    if (line === 'email') return !/^[^@\s]+@[^@\s]+$/.test(value)
    return value.length > LINE_CHARACTERS_MAX
  })
}

/** The recipient that was entered, in a form without wrong lines; they are written to in the language of the page. */
export function recipientOf(entered: Entered): Recipient {
  const of = (line: Line) => normalise(entered[line])
  return {
    family_name: of('family_name'),
    given_name: of('given_name'),
    phone: digitsIn(entered.phone),
    ...(of('email') && { email: of('email') }),
    language: language(),
    address: {
      postal_code: digitsIn(entered.postal_code),
      prefecture: entered.prefecture,
      city: of('city'),
      street: of('street'),
      ...(of('building') && { building: of('building') })
    }
  }
}

/** The form of a recipient that was entered before. */
export function formOf(recipient: Recipient | null): Entered {
  if (!recipient) return { ...EMPTY }
  const { family_name, given_name, phone, email = '', address } = recipient
  return { ...EMPTY, family_name, given_name, phone, email, ...address }
}
