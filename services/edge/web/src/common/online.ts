/** Whether the server can be reached: what the browser says, corrected by what calls find out. */

import { createSubscriber } from 'svelte/reactivity'
import { onAnswer } from './api'

let reachable = typeof navigator === 'undefined' || navigator.onLine !== false

const subscribe = createSubscriber((update) => {
  const set = (now: boolean) => {
    if (now !== reachable) {
      reachable = now
      update()
    }
  }
  const up = () => set(true)
  const down = () => set(false)
  addEventListener('online', up)
  addEventListener('offline', down)
  const end = onAnswer(set)
  return () => {
    removeEventListener('online', up)
    removeEventListener('offline', down)
    end()
  }
})

/** Whether the last that was heard is that the server answers. */
export function online(): boolean {
  subscribe()
  return reachable
}
