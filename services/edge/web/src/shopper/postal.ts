/**
 * The prefecture of a postal code, by its first two digits. Codes of a few villages on a border lie with the office of the
 * next prefecture: what is found is a suggestion, which the shopper sees and may change.
 */

/** First and last two digits of the codes of a prefecture (its number in ISO 3166-2). */
const AREAS: [number, number, number][] = [
  [0, 0, 1], [1, 1, 5], [2, 2, 3], [3, 3, 2], [4, 9, 1], [10, 20, 13], [21, 25, 14], [26, 29, 12], [30, 31, 8], [32, 32, 9],
  [33, 36, 11], [37, 37, 10], [38, 39, 20], [40, 40, 19], [41, 43, 22], [44, 49, 23], [50, 50, 21], [51, 51, 24], [52, 52, 25],
  [53, 59, 27], [60, 62, 26], [63, 63, 29], [64, 64, 30], [65, 67, 28], [68, 68, 31], [69, 69, 32], [70, 71, 33], [72, 73, 34],
  [74, 75, 35], [76, 76, 37], [77, 77, 36], [78, 78, 39], [79, 79, 38], [80, 83, 40], [84, 84, 41], [85, 85, 42], [86, 86, 43],
  [87, 87, 44], [88, 88, 45], [89, 89, 46], [90, 90, 47], [91, 91, 18], [92, 92, 17], [93, 93, 16], [94, 95, 15], [96, 97, 7],
  [98, 98, 4], [99, 99, 6]
]

/** All prefectures, north to south, as codes of ISO 3166-2: `JP-01` is Hokkaido. */
export const PREFECTURES = Array.from({ length: 47 }, (_, index) => codeOf(index + 1))

/** The prefecture that a postal code of seven digits is in, as far as its beginning tells. */
export function prefectureOf(postalCode: string): string | null {
  const area = Number(postalCode.slice(0, 2))
  const found = /^\d{7}$/.test(postalCode) ? AREAS.find(([first, last]) => first <= area && area <= last) : undefined
  return found ? codeOf(found[2]) : null
}

function codeOf(prefecture: number): string {
  return `JP-${String(prefecture).padStart(2, '0')}`
}
