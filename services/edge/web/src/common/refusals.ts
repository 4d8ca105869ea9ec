/** Refusals as people read them: the server says them in English, and with a word for programs. */

import { hasText, t } from './texts'

interface Said {
  code: string
  title: string
  detail: string
}

/** The sentence of a refusal's code in the reader's language; the server's own where nobody has written one. */
export function refusalText({ code, title, detail }: Said): string {
  return hasText(`refusal.${code}`) ? t(`refusal.${code}`) : detail || title
}
