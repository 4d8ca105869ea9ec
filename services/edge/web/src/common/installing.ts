/** The service worker of an app, and its new versions. */

import { registerSW } from 'virtual:pwa-register'
import { createSubscriber } from 'svelte/reactivity'

let waiting = false
let redraw = () => {}
const subscribe = createSubscriber((update) => {
  redraw = update
})
let activate: (reload?: boolean) => Promise<void> = async () => {}

/** Install the app in the browser's cache. */
export function install(): void {
  activate = registerSW({
    onNeedRefresh() {
      waiting = true
      redraw()
    }
  })
}

/** Whether a new version waits to be used. */
export function newVersion(): boolean {
  subscribe()
  return waiting
}

/** Use it now: the page loads anew. */
export function useNewVersion(): void {
  void activate(true)
}
