import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Kept } from '@common/kept'
import { place, type Attempt } from './placing'

const CART = { lines: [{ sku: 'SKU-1', quantity: 1 }], location_id: 'S001', total_jpy: 1980 }

function memory(): Kept<Attempt> {
  let value: Attempt | null = null
  return {
    get: () => value,
    set: (given) => (value = structuredClone(given)),
    clear: () => (value = null)
  }
}

/** A server that orders once for each key, and whose answers come, get lost, or are refusals. */
function server(...answers: ('answer' | 'lost' | 'key-in-use' | 'price-changed' | 'unavailable')[]) {
  const placed = new Map<string, string>()
  const asked = vi.fn(async (_path: string, request: RequestInit) => {
    const key = (request.headers as Record<string, string>)['Idempotency-Key']!
    const next = answers.shift() ?? 'answer'
    if (next === 'price-changed' || next === 'key-in-use' || next === 'unavailable') {
      const body = JSON.stringify({ type: `urn:tsunagu:problem:${next}`, title: next, detail: next })
      return new Response(body, { status: next === 'unavailable' ? 503 : 409 })
    }
    if (!placed.has(key)) placed.set(key, `order-${placed.size + 1}`)
    if (next === 'lost') throw new TypeError('connection lost')
    return new Response(JSON.stringify({ order_id: placed.get(key) }), { status: 202 })
  })
  vi.stubGlobal('fetch', asked)
  return { placed, asked }
}

const keys = () => {
  let count = 0
  return () => `key-${++count}`
}

afterEach(() => vi.unstubAllGlobals())

describe('an order', () => {
  it('whose answer is lost is asked for again under its key, and is one order', async () => {
    const { placed } = server('lost', 'unavailable', 'lost', 'answer')
    const kept = memory()
    const newKey = keys()
    for (let i = 0; i < 3; i++) expect((await place(kept, CART, newKey)).kind).toBe('unknown')
    expect(await place(kept, CART, newKey)).toEqual({ kind: 'placed', orderId: 'order-1' })
    expect(placed.size).toBe(1)
    expect(kept.get()).toBeNull()
  })

  it('that waits is sent as it was, whatever is in the cart by then', async () => {
    const { asked } = server('lost', 'answer')
    const kept = memory()
    await place(kept, CART, keys())
    await place(kept, { ...CART, total_jpy: 9999 }, keys())
    const bodies = asked.mock.calls.map(([, request]) => request.body)
    expect(bodies[1]).toBe(bodies[0])
  })

  it('that is asked for twice at once is one order', async () => {
    const { placed } = server('answer', 'answer')
    const kept = memory()
    const newKey = keys()
    const both = await Promise.all([place(kept, CART, newKey), place(kept, CART, newKey)])
    expect(both.map((outcome) => outcome.kind)).toEqual(['placed', 'placed'])
    expect(placed.size).toBe(1)
  })

  it('that is under way there is not given up', async () => {
    server('key-in-use')
    const kept = memory()
    expect((await place(kept, CART, keys())).kind).toBe('unknown')
    expect(kept.get()?.key).toBe('key-1')
  })

  it('that is refused is over: the next one has a key of its own', async () => {
    const { asked } = server('price-changed', 'answer')
    const kept = memory()
    const newKey = keys()
    expect(await place(kept, CART, newKey)).toMatchObject({ kind: 'refused', error: { code: 'price-changed' } })
    await place(kept, CART, newKey)
    const used = asked.mock.calls.map(([, request]) => (request.headers as Record<string, string>)['Idempotency-Key'])
    expect(used).toEqual(['key-1', 'key-2'])
  })
})
