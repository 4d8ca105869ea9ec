// What a scanner reads: keys of a scanner that types, and which goods or which code they are.

import { barcodeIn, normalise } from '@common/format'
import { WAVES, type Line, type Product, type Task, type Today, type Waiting } from './today'

/** A scanner that types sends its keys faster than any hand. */
const KEY_GAP_MS_MAX = 60
/** Fewer keys are somebody's own. */
const SCAN_KEYS_MIN = 4

/** Tells a scan from typing: keys in quick succession that end with Enter. */
export class Wedge {
  private keys = ''
  private lastMs = -Infinity

  /** Hear a key; returns the scan that it ends. */
  hear(key: string, atMs: number): string | undefined {
    const isQuick = atMs - this.lastMs <= KEY_GAP_MS_MAX
    this.lastMs = atMs
    if (!isQuick) this.keys = ''
    if (key === 'Enter') {
      const scan = this.keys
      this.keys = ''
      return scan.length >= SCAN_KEYS_MIN ? scan : undefined
    }
    // Shift and the like write nothing.
    if (key.length === 1) this.keys += key
    return undefined
  }
}

/** Barcodes of 8, 12, 13 or 14 digits are the same number with zeros before it. */
export function gtin14(digits: string): string {
  return digits.padStart(14, '0')
}

/** The SKU that was scanned or typed: by barcode, or by the SKU itself; undefined where nothing has it. */
export function skuOf(products: Product[], entered: string): string | undefined {
  const text = normalise(entered)
  const digits = barcodeIn(text)
  if (digits !== null) {
    const wanted = gtin14(digits)
    const found = products.find((product) => product.gtins.some((gtin) => gtin14(gtin) === wanted))
    if (found !== undefined) return found.sku
  }
  return products.find((product) => product.sku.toLowerCase() === text.toLowerCase())?.sku
}

export type Match = { line: Line } | { other: string } | 'unknown'

/** What a scan means for a task: one of its lines, other goods, or nothing that is known here. */
export function matched(task: Task, products: Product[], entered: string): Match {
  const sku = skuOf(products, entered)
  if (sku === undefined) return 'unknown'
  const line = task.lines.find((one) => one.sku === sku && (one.quantity > 0 || !isShrinking(task)))
  return line === undefined ? { other: sku } : { line }
}

function isShrinking(task: Task): boolean {
  return ['pick', 'put_away', ...WAVES].includes(task.kind)
}

const TOKEN = /^[A-Za-z0-9_-]{22}$/

/** The token of a pickup code, where the text is one; apps may show it at the end of an address. */
export function tokenIn(scanned: string): string | undefined {
  const text = normalise(scanned)
  const last = text.split(/[/#?=]/).at(-1) ?? ''
  return TOKEN.test(last) ? last : undefined
}

/** SHA-256 in hexadecimal, as the server compares it. Needs a secure context (https, or localhost). */
export async function hashOf(token: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Whose goods a code opens here. */
export function openedBy(today: Today, codeHash: string): Waiting | undefined {
  return today.waiting.find((one) => one.code_hashes.includes(codeHash))
}
