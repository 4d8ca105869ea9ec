/** Columns of a table that is also a file. */

import { csvOf, type Cell } from '../csv'

export interface Column<Row> {
  label: string
  /** As it is shown. */
  cell: (row: Row) => string
  /** As it is in the file, where that is not what is shown: numbers without their units. */
  raw?: (row: Row) => Cell
  numeric?: boolean
  /** The page behind it, if there is one. */
  page?: (row: Row) => string | null
}

/** The table as a file. */
export function fileOf<Row>(columns: Column<Row>[], rows: Row[]): string {
  const headings = columns.map((column) => column.label)
  return csvOf(headings, rows.map((row) => columns.map((column) => (column.raw ?? column.cell)(row))))
}
