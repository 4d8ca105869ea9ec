// A server that keeps idempotency as edge-staff does (edge/idempotency.py, edge/pending_commands.py), behind a bad line.

import { AtDoor, NotNow, type Door, type Outcome } from './queue'

const atDoor = (code: string, detail: string) => new AtDoor({ code, title: code, detail })

/** What becomes of a request: see `FakeServer.door`. */
export type Fault = 'none' | 'not-sent' | 'lost' | 'late' | 'down' | 'slow-down' | 'busy' | 'signed-out'

export const FAULTS: Fault[] = ['none', 'not-sent', 'lost', 'late', 'down', 'slow-down', 'busy', 'signed-out']

interface Taken {
  commandId: string
  digest: string
  path: string
  body: Record<string, unknown>
  outcome: Outcome
}

export class FakeServer {
  /** For the next requests, in order; none left: the line is good. */
  faults: Fault[] = []
  private readonly byKey = new Map<string, Taken>()
  private readonly byId = new Map<string, Taken>()
  private readonly handedOver = new Set<string>()
  private readonly log: Taken[] = []
  /** Requests for work that came under another key before: the server would take it for new where its id is, too. */
  otherKeys = 0
  private onTheWay: (() => void)[] = []

  door(): Door {
    return {
      give: async (path, body, key) => {
        const fault = this.next()
        const copy = JSON.parse(JSON.stringify(body)) as Record<string, unknown>
        // It was sent long ago for whoever sent it, and arrives after that has been tried again.
        if (fault === 'late') this.onTheWay.push(() => void this.quietly(path, copy, key))
        if (fault === 'lost') this.quietly(path, copy, key)
        this.fail(fault)
        return this.take(path, copy, key).commandId
      },
      ask: async (commandId) => {
        this.fail(this.next())
        return this.log.find((taken) => taken.commandId === commandId)!.outcome
      },
    }
  }

  /** What the server was told, by order, in the order in which it took it. */
  inOrder(): Record<string, string[]> {
    const told: Record<string, string[]> = {}
    for (const { path, body, outcome } of this.log) {
      const line = `${path} ${String(body.work_id)}: ${outcome.state}`
      if (!body.done_offline) (told[String(body.order_id)] ??= []).push(line)
    }
    return told
  }

  /** What had happened whatever the server said to it. It is told once that is known, in no order. */
  insisted(): string[] {
    return this.log.filter(({ body }) => body.done_offline).map(({ body }) => String(body.work_id)).sort()
  }

  private next(): Fault {
    const arriving = this.onTheWay
    this.onTheWay = []
    const fault = this.faults.shift() ?? 'none'
    // After this request has been answered.
    queueMicrotask(() => arriving.forEach((arrive) => arrive()))
    return fault
  }

  private fail(fault: Fault): void {
    if (fault === 'none') return
    if (fault === 'busy') throw new NotNow(false, 1)
    if (fault === 'down') throw new NotNow(false)
    throw new NotNow(true, fault === 'slow-down' ? 2 : 0, fault === 'signed-out')
  }

  private quietly(path: string, body: Record<string, unknown>, key: string): void {
    try {
      this.take(path, body, key)
    } catch {
      // Nobody hears it.
    }
  }

  private take(path: string, body: Record<string, unknown>, key: string): Taken {
    const digest = `${path} ${JSON.stringify(body)}`
    if (!this.byKey.has(key) && this.byId.has(`${path} ${String(body.work_id)}`)) this.otherKeys += 1
    const first = this.byKey.get(key) ?? this.byId.get(`${path} ${String(body.work_id)}`)
    if (first !== undefined) {
      if (first.digest !== digest) throw atDoor('key-reused', 'another request came first')
      return first
    }
    if (body.quantity === 0) throw atDoor('invalid', 'a quantity of nothing')
    const taken = { commandId: `command-${this.log.length}`, digest, path, body, outcome: this.decide(path, body) }
    this.log.push(taken)
    this.byKey.set(key, taken)
    this.byId.set(`${path} ${String(body.work_id)}`, taken)
    return taken
  }

  // As pickup does: a second handover is refused, one that has happened already is booked all the same.
  private decide(path: string, body: Record<string, unknown>): Outcome {
    if (path !== '/v1/handovers') return { state: 'done' }
    const order = String(body.order_id)
    if (this.handedOver.has(order) && !body.done_offline) return { state: 'refused', reason: 'closed' }
    this.handedOver.add(order)
    return { state: 'done' }
  }
}
