/** What this browser remembers of its shopper. Nothing of it is sent anywhere but where a page says so. */

import { unsaid, type Goods } from '@common/goods'
import { kept } from '@common/kept'
import { language } from '@common/texts'
import type { CartLine, Product, Quote, Recipient } from './api'
import type { Paying } from './paying'
import type { Attempt } from './placing'

const IN_STORE_HOURS = 4 // longer than anybody stays in a store; afterwards a scan is one at home
const NAMES_MAX = 300 // of products and stores; the oldest go first

/** What is wanted, and the store in which it is to be collected; without one it is sent. */
export interface Basket {
  lines: CartLine[]
  location_id?: string
}

export interface Named {
  name_ja: string
  name_en: string
}

export const cart = kept<Basket>('shopper.cart')
/** Who receives what is sent, until it is ordered: others may use this browser. */
export const recipient = kept<Recipient>('shopper.recipient')
/** The order whose payment was begun. */
export const paying = kept<Paying>('shopper.paying')
/** The order that was sent and has no answer yet. */
export const attempt = kept<Attempt>('shopper.attempt')
/** Where stock was looked for last: a place's name, or coordinates. */
export const place = kept<string>('shopper.place')
const names = kept<[string, Named][]>('shopper.names')
const inStore = kept<{ location_id: string; name_ja: string; name_en: string; until: number }>('shopper.in_store')

/** The name in the reader's language. */
export function nameOf(named: Named): string {
  return language() === 'ja' ? named.name_ja : named.name_en
}

/** A product's name with its colour and size. */
export function titleOf(product: Goods): string {
  return [nameOf(product), ...unsaid(product)].join(' · ')
}

/** Remember what a SKU or a store is called, so that an order shows names. */
export function remember(id: string, { name_ja, name_en }: Named): void {
  const others = (names.get() ?? []).filter(([known]) => known !== id)
  names.set([...others, [id, { name_ja, name_en }] as [string, Named]].slice(-NAMES_MAX))
}

/** Remember all names of a quote. */
export function rememberQuote(quote: Quote): void {
  quote.lines.forEach((line) => remember(line.sku, line))
  if (quote.pickup) remember(quote.pickup.location_id, quote.pickup)
}

/** What a SKU or a store is called, or its id where that was never seen here. */
export function rememberedName(id: string): string {
  const found = names.get()?.find(([known]) => known === id)
  return found ? nameOf(found[1]) : id
}

/** The store that the shopper said to be in, while that can still be so. */
export function storeAround(now = Date.now()): (Named & { location_id: string }) | null {
  const said = inStore.get()
  return said && said.until > now ? said : null
}

/** The shopper is in a store: barcodes scanned now were seen there. `null`: in none. */
export function enterStore(store: (Named & { location_id: string }) | null, now = Date.now()): void {
  if (store === null) return inStore.clear()
  const { location_id, name_ja, name_en } = store
  inStore.set({ location_id, name_ja, name_en, until: now + IN_STORE_HOURS * 3_600_000 })
}

/** Nothing is left of what was ordered, nor of whom it is sent to. */
export function forgetOrdered(): void {
  cart.clear()
  paying.clear()
  recipient.clear()
}

/** The cart with a product added, to be collected in a store; without one, to be sent. */
export function withLine(before: Basket | null, product: Pick<Product, 'sku'>, quantity: number, locationId?: string): Basket {
  const lines: CartLine[] = (before?.lines ?? []).map((line) => ({ ...line }))
  const known = lines.find((line) => line.sku === product.sku)
  if (known) known.quantity += quantity
  else lines.push({ sku: product.sku, quantity })
  return locationId === undefined ? { lines } : { lines, location_id: locationId }
}

/** The cart with another quantity of a product; none of it takes the product out, and an empty cart is none. */
export function withQuantity(before: Basket, sku: string, quantity: number): Basket | null {
  const lines = before.lines
    .map((line) => (line.sku === sku ? { sku, quantity } : line))
    .filter((line) => line.quantity > 0)
  return lines.length > 0 ? { ...before, lines } : null
}
