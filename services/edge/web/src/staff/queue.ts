// What staff did, kept until the server has answered: works offline, sends nothing twice, loses nothing.
//
// An entry gets its Idempotency-Key, its natural id and its time when the work is done, not when it is sent. Whatever
// becomes of a request - not sent, lost on the way, answered to nobody - the same request goes out again under the
// same key, and the server answers it as the first time.

import type { Shelf } from './shelf'
import type { Effect } from './today'

export type State = 'waiting' | 'sent' | 'done' | 'refused'

export interface Entry {
  /** Its Idempotency-Key. */
  id: string
  /** Rises from entry to entry. */
  place: number
  /** Whose work it is: sent only while this store is signed in. */
  store: string
  /** Entries of one lane are sent one after the other, in the order in which the work was done. */
  lane: string
  path: string
  body: Record<string, unknown>
  /** Which field of the body is its natural id. */
  idField: string
  /** What people read of it: the key of a text below `did.`, and its values. */
  says: { key: string; values: Record<string, string | number> }
  effect: Effect
  state: State
  /** Times that it was sent. */
  tries: number
  /** Not sent before; then not tried or asked for again before. Milliseconds. */
  notBeforeMs: number
  commandId?: string
  /** When its outcome came. Milliseconds. */
  settledMs?: number
  problem?: Problem
  /** Nobody has to hear of it if it is refused: it only measures. */
  quiet?: boolean
  /** The work has happened whatever the answer: if it is refused, it is reported again with these values. */
  insists?: Record<string, unknown>
}

export type Work = Pick<Entry, 'store' | 'lane' | 'path' | 'body' | 'idField' | 'says' | 'effect' | 'quiet'> & {
  /** Whether it goes out at once: whoever waits for the answer needs no time to undo. */
  atOnce?: boolean
}

export interface Problem {
  /** The word for programs: a problem of the door's, or a command's reason. */
  code: string
  title: string
  detail: string
  /** Refused at the door: nothing was taken, the same request may be sent again. */
  atDoor: boolean
}

export interface Outcome {
  state: 'waiting' | 'done' | 'refused'
  reason?: string
  detail?: string
}

/** Why a request has no answer that settles anything. */
export class NotNow extends Error {
  /** `everything`: no other request has a chance either. `signedOut`: somebody has to sign in first. */
  constructor(
    readonly everything: boolean,
    readonly waitSeconds = 0,
    readonly signedOut = false,
  ) {
    super('not now')
  }
}

/** The server has refused a request at the door. */
export class AtDoor extends Error {
  constructor(readonly problem: Omit<Problem, 'atDoor'>) {
    super(problem.title)
  }
}

export interface Door {
  /** Post a command; returns its command_id. Throws NotNow or AtDoor. */
  give(path: string, body: Record<string, unknown>, key: string): Promise<string>
  /** What became of a command. Throws NotNow. */
  ask(commandId: string): Promise<Outcome>
}

export interface Times {
  undoSeconds: number
  /** Longest pause between two tries. */
  pauseSecondsMax: number
  /** Something done is still shown as done until the day was asked for so much later: then its list has it. */
  doneShownSeconds: number
}

export const TIMES: Times = { undoSeconds: 5, pauseSecondsMax: 30, doneShownSeconds: 20 }

/** Outcomes asked for in one turn, so that hundreds of entries after a long time offline do not use up the store's rate. */
const ASKED_PER_TURN = 8

export class Queue {
  private turning: Promise<Turned> | undefined
  private pausedUntilMs = 0

  constructor(
    private readonly shelf: Shelf,
    private readonly door: Door,
    private readonly newId: () => string,
    private readonly nowMs: () => number,
    private readonly times: Times = TIMES,
    private readonly changed: () => void = () => undefined,
  ) {}

  entries(store: string): Entry[] {
    return this.shelf.all().filter((entry) => entry.store === store)
  }

  /** Keep what was done; it is sent after some seconds in which it can be undone. */
  add(work: Work): Entry {
    const { atOnce, ...rest } = work
    const body = { [work.idField]: this.newId(), occurred_at: this.timestamp(), ...work.body }
    const entry: Entry = {
      ...rest,
      body,
      id: this.newId(),
      place: 1 + Math.max(0, ...this.shelf.all().map((one) => one.place)),
      state: 'waiting',
      tries: 0,
      notBeforeMs: this.nowMs() + (atOnce ? 0 : this.times.undoSeconds * 1000),
    }
    this.put(entry)
    return entry
  }

  /** Whether the entry was never sent, and nothing was done after it in its lane. */
  canUndo(entry: Entry): boolean {
    const later = this.shelf.all().some((one) => one.lane === entry.lane && one.place > entry.place)
    return entry.state === 'waiting' && entry.tries === 0 && !later
  }

  /** Take back what was not sent yet; returns whether that was so. */
  undo(id: string): boolean {
    const entry = this.find(id)
    if (entry === undefined || !this.canUndo(entry)) return false
    this.remove(id)
    return true
  }

  /** Send a refused entry once more. What was refused behind the door has used its ids up, and gets new ones. */
  retry(id: string): Entry | undefined {
    const entry = this.find(id)
    if (entry?.state !== 'refused') return undefined
    if (entry.problem?.atDoor) {
      const again: Entry = { ...entry, state: 'waiting', notBeforeMs: this.nowMs(), problem: undefined }
      this.put(again)
      return again
    }
    return this.anew(entry, {})
  }

  /** Somebody has read why an entry was refused. */
  dismiss(id: string): void {
    if (this.find(id)?.state === 'refused') this.remove(id)
  }

  /** The work has happened: whatever the server says to the entry, report it with `values` then. */
  insist(id: string, values: Record<string, unknown>): void {
    const entry = this.find(id)
    if (entry === undefined) return
    if (entry.state === 'refused') this.anew(entry, values)
    else this.put({ ...entry, insists: values })
  }

  /**
   * Send what is due, and ask what became of what was sent. One turn at a time.
   * `heardMs`: when the day that is shown was asked for; what was done before it need not be shown on top of it.
   */
  turn(store: string, heardMs = this.nowMs()): Promise<Turned> {
    this.turning ??= this.runTurn(store, heardMs).finally(() => (this.turning = undefined))
    return this.turning
  }

  private async runTurn(store: string, heardMs: number): Promise<Turned> {
    if (!this.isDue(this.pausedUntilMs)) return 'reached'
    const held = new Set<string>()
    let asked = 0
    for (const { id } of this.entries(store)) {
      // What was awaited meanwhile may have changed the entry, and people may have undone it.
      const entry = this.find(id)
      if (entry === undefined) continue
      try {
        if (entry.state === 'done') {
          if ((entry.settledMs ?? 0) + this.times.doneShownSeconds * 1000 <= heardMs) this.remove(id)
        } else if (entry.state === 'waiting' && !held.has(entry.lane)) {
          // Later work of the lane goes out only after this was taken.
          held.add(entry.lane)
          if (await this.sent(entry)) held.delete(entry.lane)
        } else if (entry.state === 'sent' && this.isDue(entry.notBeforeMs) && asked < ASKED_PER_TURN) {
          asked += 1
          await this.askedFor(entry)
        }
      } catch (error) {
        if (!(error instanceof NotNow)) throw error
        if (error.everything) {
          this.pausedUntilMs = this.nowMs() + this.bounded(error.waitSeconds) * 1000
          return error.signedOut ? 'signed-out' : error.waitSeconds ? 'reached' : 'cut-off'
        }
        this.later(id, error.waitSeconds)
      }
    }
    return 'reached'
  }

  private async sent(entry: Entry): Promise<boolean> {
    if (!this.isDue(entry.notBeforeMs)) return false
    const tried: Entry = { ...entry, tries: entry.tries + 1 }
    this.put(tried)
    try {
      const commandId = await this.door.give(entry.path, entry.body, entry.id)
      this.change(entry.id, { state: 'sent', commandId, tries: 0, notBeforeMs: this.nowMs() })
    } catch (error) {
      if (!(error instanceof AtDoor)) throw error
      this.refuse(entry.id, { ...error.problem, atDoor: true })
    }
    return true
  }

  private async askedFor(entry: Entry): Promise<void> {
    const outcome = await this.door.ask(entry.commandId ?? '')
    if (outcome.state === 'waiting') this.later(entry.id, 0)
    else if (outcome.state === 'done') this.change(entry.id, { state: 'done', settledMs: this.nowMs() })
    else {
      const { reason = '', detail = '' } = outcome
      this.refuse(entry.id, { code: reason, title: reason, detail, atDoor: false })
    }
  }

  private refuse(id: string, problem: Problem): void {
    const entry = this.find(id)
    if (entry === undefined) return
    if (entry.insists !== undefined) this.anew(entry, entry.insists)
    else if (entry.quiet) this.remove(id)
    else this.put({ ...entry, state: 'refused', settledMs: this.nowMs(), problem })
  }

  // The new entry is there before the old one goes: a crash in between leaves both, and the old one, which is
  // refused again, makes way for a second one with the same ids.
  private anew(entry: Entry, values: Record<string, unknown>): Entry {
    const again: Entry = {
      ...entry,
      id: `${entry.id}.again`,
      body: { ...entry.body, ...values, [entry.idField]: `${String(entry.body[entry.idField])}.again` },
      state: 'waiting',
      // Not as if it had never been sent: it can't be undone.
      tries: 1,
      notBeforeMs: this.nowMs(),
      commandId: undefined,
      problem: undefined,
      insists: undefined,
    }
    this.put(again)
    this.remove(entry.id)
    return again
  }

  private later(id: string, waitSeconds: number): void {
    const entry = this.find(id)
    if (entry === undefined) return
    const tries = entry.state === 'sent' ? entry.tries + 1 : entry.tries
    const pause = this.bounded(waitSeconds || 0.5 * 2 ** Math.min(tries, 10))
    this.put({ ...entry, tries, notBeforeMs: this.nowMs() + pause * 1000 })
  }

  private bounded(seconds: number): number {
    return Math.min(this.times.pauseSecondsMax, seconds)
  }

  // What is further away than anything is ever put off was set by a clock that has been put back since.
  private isDue(atMs: number): boolean {
    const waitMs = atMs - this.nowMs()
    return waitMs <= 0 || waitMs > Math.max(this.times.pauseSecondsMax, this.times.undoSeconds) * 1000
  }

  private change(id: string, values: Partial<Entry>): void {
    const entry = this.find(id)
    if (entry !== undefined) this.put({ ...entry, ...values })
  }

  private find(id: string): Entry | undefined {
    return this.shelf.get(id)
  }

  private put(entry: Entry): void {
    this.shelf.put(entry)
    this.changed()
  }

  private remove(id: string): void {
    this.shelf.remove(id)
    this.changed()
  }

  private timestamp(): string {
    return new Date(this.nowMs()).toISOString()
  }
}

/** How a turn ended: the server was reached, it was not, or somebody has to sign in. */
export type Turned = 'reached' | 'cut-off' | 'signed-out'

/** What the screens show as done already. */
export function effectsOf(entries: Entry[]): Effect[] {
  return entries.filter((entry) => entry.state !== 'refused').map((entry) => entry.effect)
}
