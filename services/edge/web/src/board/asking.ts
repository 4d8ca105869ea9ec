/** Commands and their outcomes: given once, however often the button is pressed or the line drops. */

import { call, isPassing, Refused } from '@common/api'
import type { CommandState } from './told'

const TRIES_MAX = 60
const PAUSE_MS = 500

/** What was asked has no answer yet: it is under way, and can be looked for later. */
export class Underway extends Error {}

/** Give a command and wait for its outcome. Throws Refused where insight says no, Underway where it takes long. */
export async function give(path: string, body: unknown, key: string): Promise<void> {
  const given = await again(() => call<{ links: { self: string } }>('POST', path, body, { idempotencyKey: key }))
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const state = await again(() => call<CommandState>('GET', given.links.self))
    if (state.state === 'done') return
    if (state.state === 'refused') {
      throw new Refused(409, state.reason ?? 'refused', '', state.detail ?? '')
    }
    await pause()
  }
  throw new Underway()
}

/** Ask a question and wait for what was found out. */
export async function ask<T>(path: string, id: string, body: unknown): Promise<T> {
  await give(path, body, id)
  return again(() => call<T>('GET', `${path}/${id}`))
}

/** The same again while the line is down or the server is busy: the key makes it the same request. */
async function again<T>(act: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await act()
    } catch (error) {
      if (!isPassing(error) || tries >= 5) throw error
      await pause()
    }
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
}
