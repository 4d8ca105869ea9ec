import { Offline, Refused } from '@common/api'
import { describe, expect, it } from 'vitest'
import { meaning } from './door'
import { AtDoor, NotNow } from './queue'

const refused = (status: number, wait: number | null = null) =>
  meaning(new Refused(status, 'code', 'title', 'detail', [{ detail: 'a field' }], wait)) as NotNow

describe('an answer', () => {
  it('that never came says nothing about any request', () => {
    expect(meaning(new Offline())).toMatchObject({ everything: true, signedOut: false })
  })

  it('of a session that has ended waits for somebody to sign in', () => {
    expect(refused(401)).toMatchObject({ everything: true, signedOut: true })
  })

  it('that asks for patience is given it', () => {
    expect(refused(429, 3)).toMatchObject({ everything: true, waitSeconds: 3 })
    expect(refused(409, 1)).toMatchObject({ everything: false, waitSeconds: 1 })
    expect(refused(503)).toMatchObject({ everything: false, waitSeconds: 0 })
  })

  it('that says no is told in its own words', () => {
    for (const status of [400, 403, 404, 413, 422]) {
      expect(refused(status)).toBeInstanceOf(AtDoor)
      expect(refused(status)).toMatchObject({ problem: { code: 'code', title: 'title', detail: 'detail a field' } })
    }
  })

  it('of a bug is not swallowed', () => {
    const bug = new TypeError('x is not a function')
    expect(meaning(bug)).toBe(bug)
  })
})
