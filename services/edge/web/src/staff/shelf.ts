// Where the queue lies: one record per entry, written before the screen says that something is done.

import type { Entry } from './queue'

export interface Shelf {
  /** All entries in the order in which they were done. */
  all(): Entry[]
  get(id: string): Entry | undefined
  put(entry: Entry): void
  remove(id: string): void
}

const PREFIX = 'tsunagu.staff.queue.'

/** Entries that outlive a reload, a crash and a flat battery. */
export function storedShelf(storage: Storage): Shelf {
  return {
    all() {
      const found: Entry[] = []
      for (let place = 0; place < storage.length; place += 1) {
        const name = storage.key(place)
        if (name?.startsWith(PREFIX)) found.push(JSON.parse(storage.getItem(name) ?? '') as Entry)
      }
      return inOrder(found)
    },
    get(id) {
      const text = storage.getItem(PREFIX + id)
      return text === null ? undefined : (JSON.parse(text) as Entry)
    },
    put(entry) {
      storage.setItem(PREFIX + entry.id, JSON.stringify(entry))
    },
    remove(id) {
      storage.removeItem(PREFIX + id)
    },
  }
}

/** Entries that are gone with the page: what the device must not keep, such as a shopper's digits. */
export function fleetingShelf(): Shelf {
  const entries = new Map<string, Entry>()
  return {
    all: () => inOrder([...entries.values()]),
    get: (id) => entries.get(id),
    put: (entry) => void entries.set(entry.id, entry),
    remove: (id) => void entries.delete(id),
  }
}

function inOrder(entries: Entry[]): Entry[] {
  return entries.sort((one, other) => one.place - other.place)
}
