/** What goods are called. */

export interface Goods {
  name_ja: string
  name_en: string
  color?: string
  size?: string
}

/** Colour and size, where the name does not say them. The two names say the same: a word of one is in both. */
export function unsaid({ name_ja, name_en, color, size }: Goods): string[] {
  const said = new Set(`${name_ja} ${name_en}`.split(/\s+/))
  return [color, size].filter((word): word is string => !!word && !said.has(word))
}
