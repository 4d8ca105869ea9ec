/** What the shopper process answers, and how it is asked. */

import { call } from '@common/api'

export interface Product {
  sku: string
  gtins: string[]
  style_id: string
  color?: string
  size?: string
  name_ja: string
  name_en: string
  brand?: string
  price_jpy: number
  active: boolean
}

export type ProductWithVariants = Product & { variants: Product[]; ways: string[] }

export interface OpeningHours {
  day: string
  opens: string
  closes: string
}

export interface Store {
  location_id: string
  name_ja: string
  name_en: string
  address: string
  distance_km: number
  pickup_enabled: boolean
  opening_hours: OpeningHours[]
  closed_dates: string[]
}

export type Band = 'plenty' | 'available' | 'few' | 'none'

export type StoreWithStock = Store & { band: Band; as_of: string; stale: boolean }

export interface CartLine {
  sku: string
  quantity: number
}

/** What is wanted: collected in a store, or sent to a prefecture. */
export interface Cart {
  lines: CartLine[]
  location_id?: string
  prefecture?: string
}

export interface Recipient {
  family_name: string
  given_name: string
  phone: string
  email?: string
  language: string
  address: { postal_code: string; prefecture: string; city: string; street: string; building?: string }
}

/** A cart as it is ordered. `recipient` and `paid`: of goods that are sent. */
export interface OrderBody extends Cart {
  total_jpy: number
  recipient?: Recipient
  paid?: { payment_id: string; signature: string }
}

export interface Quote {
  lines: (CartLine & {
    line_id: string
    name_ja: string
    name_en: string
    color?: string
    size?: string
    unit_price_jpy: number
    amount_jpy: number
    tax_percent: number
  })[]
  total_jpy: number
  tax_by_rate: { tax_percent: number; taxable_jpy: number; tax_jpy: number }[]
  payment: string
  pay_at?: string
  method: string
  ways: string[]
  pickup?: { location_id: string; name_ja: string; name_en: string; address: string }
  quantity_per_order_max: number
  terms: { cancel_until: string; return_days: number; valid_until?: string; delivery_days_max?: number }
}

export interface OrderLine extends CartLine {
  line_id: string
  group_id: string
  unit_price_jpy: number
  status: string
  in_question_quantity: number
  completed_quantity: number
  cancelled_quantity: number
}

export interface OrderGroup {
  group_id: string
  method: string
  status: string
  location_id?: string
  prefecture?: string
  ready_by?: string
  pickup_by?: string
}

export interface ChoiceOption {
  kind: string
  location_id?: string
  ready_by?: string
}

export interface Order {
  order_id: string
  status: string
  reason?: string
  detail?: string
  groups: OrderGroup[]
  lines: OrderLine[]
  choice_options: ChoiceOption[]
  choice_answer_by?: string
  refunded_jpy: number
  ready_by?: string
  placed_at: string
}

export interface Code {
  token: string
  digits: string
  valid_until: string
}

const part = encodeURIComponent

/** Products whose name, brand, colour or size has these words. */
export const search = (words: string) => call<{ products: Product[]; more: boolean }>('GET', `/v1/products?q=${part(words)}`)

/** A product by SKU or barcode; a barcode with a store counts as seen there. */
export const product = (id: string, seenIn?: string) =>
  call<ProductWithVariants>('GET', `/v1/products/${part(id)}${seenIn ? `?location_id=${part(seenIn)}` : ''}`)

/** Where a product is, nearest first. */
export const stock = (sku: string, near: string) =>
  call<{ locations: StoreWithStock[] }>('GET', `/v1/stock?sku=${part(sku)}&near=${part(near)}`)

/** Stores near a place, nearest first. */
export const stores = (near: string) => call<{ stores: Store[] }>('GET', `/v1/stores?near=${part(near)}`)

/** What a cart costs now. */
export const quote = (cart: Cart) => call<Quote>('POST', '/v1/quotes', cart)

/** The orders of this browser, newest first. */
export const orders = () => call<{ orders: Order[] }>('GET', '/v1/orders')

/** One order as it stands. */
export const order = (id: string) => call<Order>('GET', `/v1/orders/${part(id)}`)

/** What is shown at the desk. */
export const code = (id: string) => call<Code>('GET', `/v1/orders/${part(id)}/pickup-code`)

/** Ask to cancel: these pieces, or all that is open. */
export const cancel = (id: string, key: string, lines: { line_id: string; quantity: number }[] = []) =>
  call('POST', `/v1/orders/${part(id)}/cancellations`, { lines }, { idempotencyKey: key })

/** Ask to collect in another store. */
export const changeStore = (
  id: string,
  key: string,
  body: { group_id: string; location_id: string; lines?: { line_id: string; quantity: number }[] }
) => call('POST', `/v1/orders/${part(id)}/changes`, body, { idempotencyKey: key })

/** What a card or account has bought, as far as this browser may see it. */
export interface History {
  state: 'none' | 'asked' | 'proven'
  version: number
  guesses_left?: number
  valid_until?: string
  purchases: Purchase[]
  has_more: boolean
}

export interface Purchase {
  day: string
  channel: string
  place_ja?: string
  place_en?: string
  lines: { sku: string; name_ja?: string; name_en?: string; quantity: number; returned_quantity: number; amount_jpy: number }[]
  more_lines: number
  amount_jpy: number
}

/** What has been bought over all channels. */
export const history = () => call<History>('GET', '/v1/history')

/** Ask to see the purchases of a card or account: its holder is mailed a code. */
export const askForHistory = (kind: string, number: string, key: string) =>
  call('POST', '/v1/history-link', { kind, number }, { idempotencyKey: key })

/** Type in the code that was mailed. */
export const proveHistory = (digits: string, key: string) =>
  call('POST', '/v1/history-link/proofs', { digits }, { idempotencyKey: key })

/** See nothing any more in this browser. */
export const endHistory = () => call('DELETE', '/v1/history-link')
