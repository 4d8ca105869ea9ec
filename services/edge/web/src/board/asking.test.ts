import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Refused } from '@common/api'
import { ask, give } from './asking'

const asked: { path: string; method: string; key: string | null }[] = []

/** A server that gives these answers one after the other; `null` is a line that is down. */
function answers(...given: ([number, unknown] | null)[]): void {
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    asked.push({ path, method: init.method ?? '', key: new Headers(init.headers).get('Idempotency-Key') })
    const next = given.shift()
    if (!next) throw new TypeError('no network')
    return new Response(JSON.stringify(next[1]), { status: next[0] })
  })
}

const GIVEN: [number, unknown] = [202, { command_id: 'C', links: { self: '/v1/commands/C' } }]

beforeEach(() => {
  asked.length = 0
  vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 200 })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('give', () => {
  it('gives the same request again when the line drops', async () => {
    answers(null, GIVEN, [200, { state: 'waiting' }], [200, { state: 'done' }])
    await give('/v1/targets', {}, 'K')
    expect(asked.filter((one) => one.method === 'POST').map((one) => one.key)).toEqual(['K', 'K'])
  })

  it('says why insight has refused', async () => {
    answers(GIVEN, [200, { state: 'refused', reason: 'not_agreed', detail: '2 have to agree' }])
    await expect(give('/v1/policies', {}, 'K')).rejects.toMatchObject({ code: 'not_agreed', message: '2 have to agree' })
  })

  it('does not repeat what is refused at the door', async () => {
    answers([422, { detail: 'no' }])
    await expect(give('/v1/targets', {}, 'K')).rejects.toBeInstanceOf(Refused)
    expect(asked).toHaveLength(1)
  })
})

describe('ask', () => {
  it('has what was found out, under the id it was asked with', async () => {
    answers(GIVEN, [200, { state: 'done' }], [200, { parts: [] }])
    expect(await ask('/v1/explanations', 'Q', {})).toEqual({ parts: [] })
    expect(asked.at(-1)?.path).toBe('/v1/explanations/Q')
  })
})
