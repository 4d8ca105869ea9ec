/** Server-sent events: news of one thing without asking again. */

const AGAIN_AFTER_MS = 10_000 // what refuses a stream for the moment is asked again, but not pressed

export interface Following {
  /** Stop listening. */
  close(): void
}

/**
 * Hear the events of a stream. The browser connects again by itself and says which event it had last. Where the server refuses
 * the stream, it is asked again later from the beginning, until `isOver`: hearing an event twice must do no harm.
 */
export function follow<T>(
  address: string,
  names: string[],
  onEvent: (name: string, data: T) => void,
  isOver: () => boolean
): Following {
  let source: EventSource
  let timer: ReturnType<typeof setTimeout> | undefined

  function open() {
    source = new EventSource(address)
    for (const name of names) {
      source.addEventListener(name, (event) => onEvent(name, JSON.parse((event as MessageEvent<string>).data) as T))
    }
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED && !isOver()) timer = setTimeout(open, AGAIN_AFTER_MS)
    }
  }

  open()
  return {
    close() {
      clearTimeout(timer)
      source.close()
    }
  }
}
