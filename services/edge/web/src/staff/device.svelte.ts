// The device: who is signed in, the day as last heard, and what was done here since.

import { call, isPassing, Refused } from '@common/api'
import { kept } from '@common/kept'
import { online } from '@common/online'
import { decide, type Decided, type Prepared } from './decisions'
import { door } from './door'
import { effectsOf, Queue, TIMES, type Entry, type Turned, type Work } from './queue'
import { fleetingShelf, storedShelf } from './shelf'
import { withDone, type Task, type Today } from './today'
import type { Worker } from './work'

export interface Me {
  holder: string
  user: string | null
  rights: string[]
  language: string | null
}

interface Heard {
  today: Today
  /** When it was asked for, by the device's clock. */
  askedMs: number
}

const TURN_SECONDS = 1
/** How often the day is asked for: what comes in meanwhile is work for the next minutes. */
const REFRESH_SECONDS = 10
/** How long somebody at the desk waits for an answer before the device offers to go on by itself. */
const ANSWER_SECONDS_MAX = 6

const keptMe = kept<Me>('staff.me')
const keptHeard = kept<Heard>('staff.today')
const keptDevice = kept<string>('staff.device')

/** 128 random bits; unlike `crypto.randomUUID`, also without a secure context. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

class Device {
  me = $state.raw<Me | null>(keptMe.get())
  /** Whether the server has been asked who is signed in, or can't be. */
  asked = $state(keptMe.get() !== null)
  /** Why there is nothing to show. */
  error = $state.raw<unknown>(null)
  nowMs = $state(Date.now())
  private heard = $state.raw<Heard | null>(keptHeard.get())
  private entries = $state.raw<Entry[]>([])
  /** Tasks that were decided here, until the day that is shown knows of it. */
  private decided = $state.raw<{ taskId: string; atMs: number }[]>([])

  private readonly queue = new Queue(storedShelf(localStorage), door, newId, Date.now, undefined, () => this.look())
  /** For what must not be kept on the device: digits that a shopper says. */
  private readonly aside = new Queue(fleetingShelf(), door, newId, Date.now, undefined, () => this.look())

  /** The day with all that was done here; null before it was heard for the first time. */
  readonly today = $derived.by(() =>
    this.heard === null || this.heard.today.holder !== this.me?.holder
      ? null
      : withDone(this.heard.today, [...effectsOf(this.entries), { leaves: {}, ends: this.decidedSince(this.heard.askedMs) }])
  )
  readonly unsent = $derived(this.entries.filter((entry) => entry.state === 'waiting'))
  readonly refused = $derived(this.entries.filter((entry) => entry.state === 'refused'))
  /** What can be taken back now: the last that was done. */
  readonly undoable = $derived.by(() => {
    const last = this.entries.filter((entry) => !entry.quiet).at(-1)
    return last !== undefined && this.queue.canUndo(last) ? last : undefined
  })

  get worker(): Worker {
    let deviceId = keptDevice.get()
    if (deviceId === null) keptDevice.set((deviceId = newId()))
    return { store: this.me?.holder ?? '', staffRef: staffRef(this.me), deviceId }
  }

  start(): void {
    void this.signedIn()
    this.look()
    setInterval(() => void this.turn(), TURN_SECONDS * 1000)
    setInterval(() => void this.refresh(), REFRESH_SECONDS * 1000)
    // Another page of this browser has done something.
    addEventListener('storage', () => this.look())
    addEventListener('online', () => void this.turn().then(() => this.refresh()))
  }

  /** Ask who is signed in. Without an answer it is who it was last. */
  async signedIn(): Promise<void> {
    this.error = null
    try {
      this.me = await call<Me>('GET', '/v1/me')
      keptMe.set(this.me)
      this.look()
      await this.refresh()
    } catch (error) {
      if (error instanceof Refused && error.status === 401) this.forget()
      else if (this.me === null || !isPassing(error)) this.error = error
    } finally {
      this.asked = true
    }
  }

  /** What waits to be sent stays on the device, for whoever signs in for the store next. */
  async signOut(): Promise<void> {
    await call('POST', '/v1/sign-out')
    this.forget()
    this.heard = null
    keptHeard.clear()
  }

  async refresh(): Promise<void> {
    if (this.me === null) return
    const askedMs = Date.now()
    try {
      this.heard = { today: await call<Today>('GET', '/v1/today'), askedMs }
      keptHeard.set(this.heard)
      this.error = null
    } catch (error) {
      if (error instanceof Refused && error.status === 401) this.forget()
      else if (this.heard === null) this.error = error
    }
  }

  do(work: Work): Entry {
    return this.queue.add(work)
  }

  undo(id: string): void {
    this.queue.undo(id)
  }

  retry(id: string): void {
    this.queue.retry(id)
  }

  dismiss(id: string): void {
    this.queue.dismiss(id)
  }

  /** Do something at once and wait for its outcome; undefined: none has come in time. */
  async outcome(work: Work, { keep = true } = {}): Promise<Entry | undefined> {
    const queue = keep ? this.queue : this.aside
    const { id } = queue.add(work)
    const until = Date.now() + ANSWER_SECONDS_MAX * 1000
    while (Date.now() < until) {
      await Promise.race([queue.turn(work.store, this.heard?.askedMs ?? 0), pause(ANSWER_SECONDS_MAX * 1000)])
      const entry = queue.entries(work.store).find((one) => one.id === id)
      if (entry === undefined || entry.state === 'done' || entry.state === 'refused') {
        if (entry?.state === 'refused') queue.dismiss(id)
        return entry
      }
      if (!online()) break
      await pause(400)
    }
    return undefined
  }

  /** Give a decision, and wait for what becomes of it. */
  async decide(task: Task, prepared: Prepared): Promise<Decided> {
    const decided = await decide(door, prepared)
    if (decided.state === 'done') this.decided = [...this.decided, { taskId: task.task_id, atMs: Date.now() }]
    if (decided.state === 'signed-out') this.forget()
    else void this.refresh()
    return decided
  }

  /** The goods are gone: whatever becomes of the handovers of this order that have no answer yet, it is told. */
  given(orderId: string): void {
    for (const queue of [this.queue, this.aside]) {
      const open = queue.entries(this.worker.store).filter((entry) => entry.body.order_id === orderId)
      for (const entry of open) {
        if (entry.path === '/v1/handovers') queue.insist(entry.id, { done_offline: true })
      }
    }
  }

  private decidedSince(heardMs: number): string[] {
    const shown = this.decided.filter(({ atMs }) => heardMs < atMs + TIMES.doneShownSeconds * 1000)
    return shown.map(({ taskId }) => taskId)
  }

  private async turn(): Promise<void> {
    this.nowMs = Date.now()
    const store = this.me?.holder
    if (store === undefined) return
    const turned = await oneAtATime(() => this.queue.turn(store, this.heard?.askedMs ?? 0))
    await this.aside.turn(store)
    if (turned === 'signed-out') this.forget()
  }

  private forget(): void {
    this.me = null
    keptMe.clear()
  }

  private look(): void {
    this.entries = this.me === null ? [] : this.queue.entries(this.me.holder)
  }
}

/** Who answers for what is done: never an address, which a user's name may be. */
function staffRef(me: Me | null): string {
  return `staff:${(me?.user ?? me?.holder ?? '').replace(/@.*/, '')}`
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

/** Of several pages of this browser, one sends: two would only ask the server the same. */
async function oneAtATime(turn: () => Promise<Turned>): Promise<Turned> {
  if (navigator.locks === undefined) return turn()
  return navigator.locks.request('tsunagu.staff.queue', { ifAvailable: true }, (lock) => (lock ? turn() : 'reached'))
}

export const device = new Device()
