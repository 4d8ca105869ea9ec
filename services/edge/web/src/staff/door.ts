// The queue's way to the server: what an answer means for an entry.

import { call, Offline, Refused } from '@common/api'
import { AtDoor, NotNow, type Door, type Outcome } from './queue'

/** A problem as the queue takes it. Anything else goes on as it is: it is a bug. */
export function meaning(error: unknown): unknown {
  if (error instanceof Offline) return new NotNow(true)
  if (!(error instanceof Refused)) return error
  const { status, retryAfterSeconds } = error
  if (status === 401) return new NotNow(true, 0, true)
  if (status === 429) return new NotNow(true, retryAfterSeconds ?? 1)
  // The same request is under way, or the server is not well: later, without holding up what else there is.
  if (status === 409 || status === 408 || status >= 500) return new NotNow(false, retryAfterSeconds ?? 0)
  const details = error.errors.map((wrong) => wrong.detail)
  return new AtDoor({ code: error.code, title: error.title, detail: [error.detail, ...details].filter(Boolean).join(' ') })
}

async function asked<T>(method: string, path: string, body?: unknown, idempotencyKey?: string): Promise<T> {
  try {
    return await call<T>(method, path, body, { idempotencyKey })
  } catch (error) {
    throw meaning(error)
  }
}

export const door: Door = {
  async give(path, body, key) {
    const { command_id } = await asked<{ command_id: string }>('POST', path, body, key)
    return command_id
  },
  async ask(commandId) {
    try {
      return await asked<Outcome>('GET', `/v1/commands/${encodeURIComponent(commandId)}`)
    } catch (error) {
      // Settled commands are forgotten after two weeks: this one was taken, and nothing of it waits.
      if (error instanceof AtDoor) return { state: 'done' }
      throw error
    }
  }
}
