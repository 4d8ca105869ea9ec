/** Server-sent events: news of one thing without asking again. */

export interface Following {
  /** Stop listening. */
  close(): void
}

/**
 * Hear the events of a stream. The browser connects again by itself and says which event it had last;
 * an answer 204 ends the stream for good. `onBreak` hears whether the stream is open.
 */
export function follow<T>(
  address: string,
  names: string[],
  onEvent: (name: string, data: T) => void,
  onBreak: (open: boolean) => void = () => {}
): Following {
  const source = new EventSource(address)
  for (const name of names) {
    source.addEventListener(name, (event) => onEvent(name, JSON.parse((event as MessageEvent<string>).data) as T))
  }
  source.onopen = () => onBreak(true)
  source.onerror = () => onBreak(false)
  return source
}
