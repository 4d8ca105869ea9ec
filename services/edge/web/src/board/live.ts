/** Asking again and again while somebody looks, so that a page shows what happens meanwhile. */

/** insight tells a figure every two seconds at most; within five, people still connect it with what they have done. */
export const EVERY_MS = 5_000

/**
 * Ask now and from then on, not while the page is hidden. `heard` gets each answer that differs from the one before,
 * `failed` why there is none. The function returned ends it.
 */
export function live<Answer>(
  ask: () => Promise<Answer>,
  heard: (answer: Answer) => void,
  failed: (reason: unknown) => void
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let known = ''
  let over = false

  async function look() {
    try {
      const answer = await ask()
      const text = JSON.stringify(answer)
      // What is shown already would only be drawn again.
      if (!over && text !== known) heard(answer)
      known = text
    } catch (reason) {
      known = ''
      if (!over) failed(reason)
    }
  }

  async function turn() {
    if (!document.hidden) await look()
    if (!over) timer = setTimeout(turn, EVERY_MS)
  }

  void turn()
  return () => {
    over = true
    clearTimeout(timer)
  }
}
