/** Which page is shown: the part of the address below `/app`, kept in the browser's history. */

import { createSubscriber } from 'svelte/reactivity'

const BASE = '/app'
const MOVED = 'tsunagu:moved'

const subscribe = createSubscriber((update) => {
  addEventListener('popstate', update)
  addEventListener(MOVED, update)
  return () => {
    removeEventListener('popstate', update)
    removeEventListener(MOVED, update)
  }
})

/** The path below `/app`, such as `/orders/1`; drawn anew when it changes. */
export function path(): string {
  subscribe()
  return location.pathname.slice(BASE.length) || '/'
}

/** A value of the address's query, or null. */
export function query(name: string): string | null {
  subscribe()
  return new URLSearchParams(location.search).get(name)
}

/** The address of a page, for `href`. */
export function href(page: string): string {
  return `${BASE}${page}`
}

/** Show a page. `replace`: without a step in the history, so that "back" does not come here again. */
export function go(page: string, { replace = false } = {}): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', href(page))
  dispatchEvent(new Event(MOVED))
  scrollTo(0, 0)
}

/** Let ordinary links between pages change the page without loading the app anew. */
export function followLinks(): void {
  addEventListener('click', (event) => {
    const link = (event.target as Element | null)?.closest('a')
    if (!link || event.defaultPrevented || event.button !== 0 || link.target || link.hasAttribute('download')) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const url = new URL(link.href)
    if (url.origin !== location.origin || !url.pathname.startsWith(`${BASE}/`)) return
    event.preventDefault()
    go(url.pathname.slice(BASE.length) + url.search)
  })
}
