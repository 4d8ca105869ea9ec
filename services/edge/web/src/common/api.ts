/** Calls of the process that served this page. */

import { language } from './texts'

const CALL_SECONDS_MAX = 15 // the server answers within 10, `?wait=` included; longer means that the line is dead

/** One wrong value, as the server names it. */
export interface FieldError {
  pointer?: string
  parameter?: string
  detail: string
}

/** The server said no (RFC 9457): `title` and `detail` are sentences, `errors` names each wrong value. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly errors: FieldError[] = [],
    readonly retryAfterSeconds: number | null = null
  ) {
    super(detail || title)
  }
}

/** There was no answer: what was asked may have happened or not. Asking again with the same key is safe. */
export class Offline extends Error {
  constructor() {
    super('no answer')
  }
}

export interface CallOptions {
  idempotencyKey?: string
  headers?: Record<string, string>
  signal?: AbortSignal
}

type Heard = (online: boolean) => void
const listeners = new Set<Heard>()

/** Be told after each call whether there was an answer. Returns the function that ends it. */
export function onAnswer(heard: Heard): () => void {
  listeners.add(heard)
  return () => listeners.delete(heard)
}

/** Whether an error means that trying the same again later may help. */
export function isPassing(error: unknown): boolean {
  return error instanceof Offline || (error instanceof Refused && (error.status === 429 || error.status >= 500))
}

/**
 * Ask the server. Returns the JSON of the answer, `undefined` where it has none.
 * Throws Refused where the server says no, Offline where it says nothing.
 */
export async function call<T>(method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<T> {
  const timeout = AbortSignal.timeout(CALL_SECONDS_MAX * 1000)
  let response: Response
  let text: string
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: headersOf(body, options),
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout
    })
    text = await response.text()
  } catch (error) {
    if (options.signal?.aborted) throw error
    tell(false)
    throw new Offline()
  }
  tell(true)
  if (!response.ok) throw refusedBy(response, text)
  return (text === '' ? undefined : JSON.parse(text)) as T
}

function headersOf(body: unknown, options: CallOptions): Record<string, string> {
  const headers: Record<string, string> = {
    Accept: 'application/json',
    'Accept-Language': language(),
    // The server takes changes with a session only where this is set: no foreign page can set it.
    'X-Tsunagu-Request': '1',
    ...options.headers
  }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (options.idempotencyKey) headers['Idempotency-Key'] = options.idempotencyKey
  return headers
}

function refusedBy(response: Response, text: string): Refused {
  const wait = Number(response.headers.get('Retry-After'))
  let problem: { type?: string; title?: string; detail?: string; errors?: FieldError[] } = {}
  try {
    problem = JSON.parse(text)
  } catch {
    // A proxy's own page: its status says what there is to say.
  }
  const code = problem.type?.split(':').at(-1) ?? 'unknown'
  return new Refused(
    response.status,
    code,
    problem.title ?? response.statusText,
    problem.detail ?? '',
    problem.errors ?? [],
    wait > 0 ? wait : null
  )
}

function tell(online: boolean): void {
  listeners.forEach((heard) => heard(online))
}
