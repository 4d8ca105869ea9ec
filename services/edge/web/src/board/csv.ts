/** Files that spreadsheets open: CSV in UTF-8 with BOM, since without it some take it for another encoding. */

export type Cell = string | number | null | undefined

const BOM = '\ufeff'
const BEGINS_A_FORMULA = /^[=+\-@\t\r\n]/
const READ_MS = 60_000
const NEEDS_QUOTES = /[",\r\n]/

/** Headings, then a line for each row. A text that a spreadsheet would run gets an apostrophe; numbers stay numbers. */
export function csvOf(headings: string[], rows: Cell[][]): string {
  return BOM + [headings, ...rows].map((row) => row.map(cellOf).join(',') + '\r\n').join('')
}

/** Hand a text over as a file. */
export function saveFile(name: string, text: string): void {
  const link = document.createElement('a')
  const address = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }))
  link.href = address
  link.download = name
  link.click()
  // Some browsers read it only after the click is over.
  setTimeout(() => URL.revokeObjectURL(address), READ_MS)
}

function cellOf(value: Cell): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const guarded = BEGINS_A_FORMULA.test(value) ? `'${value}` : value
  return NEEDS_QUOTES.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded
}
