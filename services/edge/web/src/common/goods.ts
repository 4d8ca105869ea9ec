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

/** Names without the words at the front that all of them share: what tells the sizes and colours of a style apart. */
export function apart(names: string[]): string[] {
  const words = names.map((name) => name.split(/\s+/))
  let shared = 0
  while (words.every((each) => each[shared] !== undefined && each[shared] === words[0]![shared])) shared += 1
  return words.map((each) => each.slice(shared).join(' '))
}
