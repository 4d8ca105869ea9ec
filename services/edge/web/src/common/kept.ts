/** What has to be there after a reload: small values in this browser, under one prefix for each app. */

/** A value that is kept under a name until it is cleared. Unreadable ones count as absent. */
export interface Kept<T> {
  get(): T | null
  set(value: T): void
  clear(): void
}

/** The keeper of one value. Where the browser keeps nothing (private mode), it lasts as long as the page. */
export function kept<T>(name: string): Kept<T> {
  const key = `tsunagu.${name}`
  let fallback: T | null = null
  return {
    get() {
      try {
        const text = localStorage.getItem(key)
        return text === null ? fallback : (JSON.parse(text) as T)
      } catch {
        return fallback
      }
    },
    set(value) {
      fallback = value
      try {
        localStorage.setItem(key, JSON.stringify(value))
      } catch {
        // Full or forbidden: the page goes on without.
      }
    },
    clear() {
      fallback = null
      try {
        localStorage.removeItem(key)
      } catch {
        // Forbidden: then there was nothing.
      }
    }
  }
}
