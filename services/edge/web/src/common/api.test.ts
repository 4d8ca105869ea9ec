import { afterEach, describe, expect, it, vi } from 'vitest'
import { call, isPassing, Offline, onAnswer, Refused } from './api'

function answer(status: number, body: string, headers: Record<string, string> = {}) {
  const asked = vi.fn(async (_path: string, _request: RequestInit) => new Response(status === 204 ? null : body, { status, headers }))
  vi.stubGlobal('fetch', asked)
  return asked
}

const failure = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('it did not fail')
}

afterEach(() => vi.unstubAllGlobals())

describe('a call', () => {
  it('says that it comes from our own page, and repeats the key it was given', async () => {
    const asked = answer(200, '{"n": 1}')
    expect(await call('POST', '/v1/orders', { a: 1 }, { idempotencyKey: 'k' })).toEqual({ n: 1 })
    const headers = asked.mock.calls[0]![1].headers as Record<string, string>
    expect(headers['X-Tsunagu-Request']).toBe('1')
    expect(headers['Idempotency-Key']).toBe('k')
    expect(headers['Accept-Language']).toMatch(/^(ja|en)$/)
    expect(asked.mock.calls[0]![1].body).toBe('{"a":1}')
  })

  it('without content is undefined', async () => {
    answer(204, '')
    expect(await call('POST', '/v1/sign-in', {})).toBeUndefined()
  })

  it('that is refused names what is wrong', async () => {
    const errors = [{ pointer: '/lines/0/quantity', detail: 'at most 5' }]
    answer(422, JSON.stringify({ type: 'urn:tsunagu:problem:invalid', title: 'T', detail: 'D', errors }))
    const error = (await failure(call('POST', '/v1/quotes', {}))) as Refused
    expect(error).toBeInstanceOf(Refused)
    expect([error.status, error.code, error.title, error.detail, error.errors]).toEqual([422, 'invalid', 'T', 'D', errors])
    expect(isPassing(error)).toBe(false)
  })

  it('that comes too often says when to come again', async () => {
    answer(429, '{}', { 'Retry-After': '3' })
    const error = (await failure(call('GET', '/v1/stock'))) as Refused
    expect(error.retryAfterSeconds).toBe(3)
    expect(isPassing(error)).toBe(true)
  })

  it('that a proxy answers with a page of its own is refused all the same', async () => {
    answer(502, '<html>')
    expect(await failure(call('GET', '/v1/stock'))).toMatchObject({ status: 502, code: 'unknown' })
  })

  it('without an answer is offline, and whoever listens hears it', async () => {
    const heard: boolean[] = []
    const end = onAnswer((online) => heard.push(online))
    vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('failed')))
    expect(await failure(call('GET', '/v1/stock'))).toBeInstanceOf(Offline)
    answer(200, '{}')
    await call('GET', '/v1/stock')
    end()
    await call('GET', '/v1/stock')
    expect(heard).toEqual([false, true])
  })
})
