import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { EVERY_MS, live } from './live'

describe('live', () => {
  const page = { hidden: false }
  let answers: (number | Error)[]
  let heard: number[]
  let failed: unknown[]

  async function ask(): Promise<number> {
    const answer = answers.shift() ?? 0
    if (answer instanceof Error) throw answer
    return answer
  }

  const begin = () => live(ask, (answer) => heard.push(answer), (reason) => failed.push(reason))

  beforeEach(() => {
    vi.useFakeTimers()
    vi.stubGlobal('document', page)
    page.hidden = false
    heard = []
    failed = []
  })

  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('tells each answer that is another, until it is ended', async () => {
    answers = [1, 1, 2, 3]
    const end = begin()
    await vi.advanceTimersByTimeAsync(2 * EVERY_MS)
    expect(heard).toEqual([1, 2])
    end()
    await vi.advanceTimersByTimeAsync(2 * EVERY_MS)
    expect(heard).toEqual([1, 2])
  })

  it('goes on after a failure, and tells the same answer again', async () => {
    answers = [1, new Error('away'), 1]
    const end = begin()
    await vi.advanceTimersByTimeAsync(2 * EVERY_MS)
    expect([heard, failed.length]).toEqual([[1, 1], 1])
    end()
  })

  it('asks nothing while nobody looks', async () => {
    answers = [1, 2]
    const end = begin()
    await vi.advanceTimersByTimeAsync(0)
    page.hidden = true
    await vi.advanceTimersByTimeAsync(3 * EVERY_MS)
    expect(heard).toEqual([1])
    page.hidden = false
    await vi.advanceTimersByTimeAsync(EVERY_MS)
    expect(heard).toEqual([1, 2])
    end()
  })
})
