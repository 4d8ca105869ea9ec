/** Linking a card or account: what may be typed, and what became of a code. */

import { digitsIn, normalise } from '@common/format'
import type { History } from './api'

const CODE = /^\d{8}$/
const NUMBER_CHARACTERS_MAX = 60 // as the door takes it

export const KINDS = ['member_card', 'ec_account'] as const
export type Kind = (typeof KINDS)[number]

/** The number that was entered, or null where it can be none; a mail address is none either. */
export function numberIn(entered: string): string | null {
  const number = normalise(entered)
  return number === '' || number.length > NUMBER_CHARACTERS_MAX || number.includes('@') ? null : number
}

/** The eight digits that were entered, full-width or in groups as well; null where they are not eight. */
export function codeIn(entered: string): string | null {
  const digits = digitsIn(entered)
  return CODE.test(digits) ? digits : null
}

export type Verdict = 'right' | 'wrong' | 'over'

/** What became of a code, by what was shown before and is shown now; null while that is not known. */
export function verdict(before: History, now: History): Verdict | null {
  if (now.state === 'proven') return 'right'
  if (now.state === 'none') return 'over'
  const [had, has] = [before.guesses_left, now.guesses_left]
  return had !== undefined && has !== undefined && has < had ? 'wrong' : null
}
