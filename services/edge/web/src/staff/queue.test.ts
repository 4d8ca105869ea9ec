// However the connection comes and goes, whatever answers are lost and whenever the page is reloaded: the server ends
// where it would have ended with a good connection, each piece of work was taken once, and in its lane's order.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { effectsOf, Queue, type Entry, type Work } from './queue'
import { FAULTS, FakeServer, type Fault } from './queue.fakes'
import { fleetingShelf, storedShelf, type Shelf } from './shelf'

const STORE = 'S001'
const NOTHING = { leaves: {}, ends: [] }
const HANDOVER = '/v1/handovers'
/** A second or two on a machine that has nothing else to do. */
const MANY_RUNS_MS_MAX = 180_000

class Device {
  nowMs = Date.parse('2026-04-01T00:00:00Z')
  queue: Queue
  private ids = 0
  private requestsToLive = Infinity
  private dies: () => void = () => undefined

  constructor(
    readonly server = new FakeServer(),
    readonly shelf: Shelf = fleetingShelf(),
  ) {
    this.queue = this.opened()
  }

  add(order: string, path = '/v1/picks', more: Partial<Work> = {}, quantity = 1): Entry {
    return this.queue.add({
      store: STORE,
      lane: order,
      path,
      body: { order_id: order, quantity },
      idField: 'work_id',
      says: { key: 'picked', values: {} },
      effect: NOTHING,
      ...more,
    })
  }

  /** The page is loaded again: what was under way is forgotten, what was kept is not. */
  reload(): void {
    this.queue = this.opened()
  }

  /** A turn in which the page is gone for good after so many requests, whether they were answered or not. */
  async turnAndDie(requests: number): Promise<void> {
    this.requestsToLive = requests
    await Promise.race([this.queue.turn(STORE), new Promise<void>((died) => (this.dies = died))])
    this.reload()
  }

  async turns(count: number, seconds = 1): Promise<void> {
    for (let turn = 0; turn < count; turn += 1) {
      this.nowMs += seconds * 1000
      await this.queue.turn(STORE)
    }
  }

  /** With a good connection, until nothing is on its way any more. */
  async settle(): Promise<void> {
    this.server.faults = []
    for (let turn = 0; turn < 200 && this.open().length > 0; turn += 1) await this.turns(1, 30)
    expect(this.open()).toEqual([])
  }

  open(): Entry[] {
    return this.queue.entries(STORE).filter((entry) => entry.state !== 'refused')
  }

  private opened(): Queue {
    this.requestsToLive = Infinity
    const mortal = <Given extends unknown[], Answer>(request: (...given: Given) => Promise<Answer>) =>
      async (...given: Given): Promise<Answer> => {
        const last = (this.requestsToLive -= 1) < 0
        const answer = request(...given)
        if (!last) return answer
        await answer.catch(() => undefined)
        this.dies()
        return new Promise(() => undefined)
      }
    const door = this.server.door()
    const mortalDoor = { give: mortal(door.give), ask: mortal(door.ask) }
    return new Queue(this.shelf, mortalDoor, () => `id-${(this.ids += 1)}`, () => this.nowMs)
  }
}

type Step =
  | { what: 'pick' | 'wrong pick' | 'hand over' | 'given anyway'; order: string }
  | { what: 'undo' | 'reload' }
  | { what: 'turn'; seconds: number; faults: Fault[]; diesAfter: number | null }

const ORDERS = fc.constantFrom('O-1', 'O-2', 'O-3')
const STEPS: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ what: fc.constantFrom('pick' as const, 'wrong pick' as const), order: ORDERS }),
    fc.record({ what: fc.constantFrom('hand over' as const, 'given anyway' as const), order: ORDERS }),
    fc.record({ what: fc.constantFrom('undo' as const, 'reload' as const) }),
    fc.record({
      what: fc.constant('turn' as const),
      seconds: fc.integer({ min: 0, max: 40 }),
      faults: fc.array(fc.constantFrom(...FAULTS), { maxLength: 6 }),
      diesAfter: fc.option(fc.integer({ min: 0, max: 5 })),
    }),
  ),
  { maxLength: 40 },
)

/** Goes through the steps, then until all is answered; returns the entries that were not undone. */
async function lived(device: Device, steps: Step[]): Promise<Entry[]> {
  let kept: Entry[] = []
  for (const step of steps) {
    if ('order' in step) {
      kept.push(done(device, step.what, step.order))
    } else if (step.what === 'turn') {
      device.nowMs += step.seconds * 1000
      device.server.faults = [...step.faults]
      await (step.diesAfter === null ? device.queue.turn(STORE) : device.turnAndDie(step.diesAfter))
    } else if (step.what === 'reload') {
      device.reload()
    } else {
      const last = kept.at(-1)
      if (last !== undefined && device.queue.undo(last.id)) kept = kept.slice(0, -1)
    }
  }
  await device.settle()
  return kept
}

function done(device: Device, what: string, order: string): Entry {
  const path = what.endsWith('pick') ? '/v1/picks' : HANDOVER
  const entry = device.add(order, path, { says: { key: what, values: {} } }, what === 'wrong pick' ? 0 : 1)
  if (what === 'given anyway') device.queue.insist(entry.id, { done_offline: true })
  return entry
}

/** The same work with a good connection: each piece is answered before the next is done. */
async function online(work: Entry[]): Promise<FakeServer> {
  const device = new Device()
  for (const { path, body, lane, says } of work) {
    const entry = device.add(lane, path, { body, atOnce: true })
    if (says.key === 'given anyway') device.queue.insist(entry.id, { done_offline: true })
    await device.settle()
  }
  return device.server
}

describe('convergence', () => {
  it('whatever the line and the page do, the server ends as with a good connection', async () => {
    await fc.assert(
      fc.asyncProperty(STEPS, async (steps) => {
        const device = new Device()
        const work = await lived(device, steps)
        const expected = await online(work)
        expect(device.server.inOrder()).toEqual(expected.inOrder())
        expect(device.server.insisted()).toEqual(expected.insisted())
        expect(device.server.otherKeys).toBe(0)
      }),
      { numRuns: Number(process.env.QUEUE_RUNS ?? 300) },
    )
  }, MANY_RUNS_MS_MAX)

  it('half an hour offline: everything goes out, in order, once, and within the rate', async () => {
    const device = new Device()
    const work = Array.from({ length: 200 }, (_, place) => device.add(`O-${place % 40}`))
    device.server.faults = Array.from({ length: 900 }, () => 'not-sent' as const)
    await device.turns(900, 2)
    expect(device.server.inOrder()).toEqual({})
    await device.settle()
    expect(device.server.inOrder()).toEqual((await online(work)).inOrder())
  }, MANY_RUNS_MS_MAX)
})

describe('an entry', () => {
  it('can be undone until it is sent, and only the latest of its lane', async () => {
    const device = new Device()
    const [first, second] = [device.add('O-1'), device.add('O-1')]
    expect(device.queue.undo(first.id)).toBe(false)
    expect(device.queue.undo(second.id)).toBe(true)
    await device.turns(1, 6)
    expect(device.queue.undo(first.id)).toBe(false)
    expect(device.server.inOrder()).toEqual({ 'O-1': [`/v1/picks ${String(first.body.work_id)}: done`] })
  })

  it('can be undone offline for as long as nobody has tried to send it', () => {
    const device = new Device()
    const entry = device.add('O-1')
    device.nowMs += 20 * 60_000
    expect(device.queue.undo(entry.id)).toBe(true)
    expect(device.queue.entries(STORE)).toEqual([])
  })

  it('says when it was done, not when it was sent', async () => {
    const device = new Device()
    const entry = device.add('O-1')
    await device.turns(1, 1800)
    expect(entry.body.occurred_at).toBe('2026-04-01T00:00:00.000Z')
  })

  it('of another store waits until that store is signed in', async () => {
    const device = new Device()
    device.add('O-1', '/v1/picks', { store: 'S002' })
    await device.turns(3, 60)
    expect(device.server.inOrder()).toEqual({})
    device.nowMs += 60_000
    await device.queue.turn('S002')
    expect(Object.keys(device.server.inOrder())).toEqual(['O-1'])
  })

  it('refused at the door is shown, holds nothing up, and is not shown as done any more', async () => {
    const device = new Device()
    const wrong = device.add('O-1', '/v1/picks', { effect: { leaves: { line: 0 }, ends: [] } }, 0)
    const right = device.add('O-1')
    expect(effectsOf(device.queue.entries(STORE))[0]).toEqual({ leaves: { line: 0 }, ends: [] })
    await device.settle()
    const [shown] = device.queue.entries(STORE)
    expect([shown?.id, shown?.state, shown?.problem?.detail]).toEqual([wrong.id, 'refused', 'a quantity of nothing'])
    expect(effectsOf(device.queue.entries(STORE))).toEqual([])
    expect(device.server.inOrder()['O-1']).toEqual([`/v1/picks ${String(right.body.work_id)}: done`])
    device.queue.dismiss(wrong.id)
    expect(device.queue.entries(STORE)).toEqual([])
  })

  it('refused behind the door is tried again with new ids', async () => {
    const device = new Device()
    device.add('O-1', HANDOVER)
    const second = device.add('O-1', HANDOVER)
    await device.settle()
    expect(device.queue.retry(second.id)?.body.work_id).not.toBe(second.body.work_id)
    await device.settle()
    expect(device.server.inOrder()['O-1']).toHaveLength(3)
  })

  it('that is done is shown as done until the day has it, however long the line is down', async () => {
    const device = new Device()
    device.add('O-1')
    device.nowMs += 6_000
    const heardMs = device.nowMs
    for (let turn = 0; turn < 5; turn += 1) {
      device.nowMs += 600_000
      await device.queue.turn(STORE, heardMs)
    }
    expect(device.queue.entries(STORE).map((entry) => entry.state)).toEqual(['done'])
    await device.queue.turn(STORE, device.nowMs)
    expect(device.queue.entries(STORE)).toEqual([])
  })

  it('is sent although the clock was put back', async () => {
    const device = new Device()
    device.add('O-1')
    device.nowMs -= 3_600_000
    await device.settle()
    expect(Object.keys(device.server.inOrder())).toEqual(['O-1'])
  })

  it('outlives the page in the storage of the browser', () => {
    const kept = new Map<string, string>()
    const storage = {
      get length() {
        return kept.size
      },
      key: (place: number) => [...kept.keys()][place] ?? null,
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, text: string) => void kept.set(name, text),
      removeItem: (name: string) => void kept.delete(name),
    } as unknown as Storage
    storage.setItem('something else', 'not ours')
    const before = new Device(new FakeServer(), storedShelf(storage))
    const entries = [before.add('O-1'), before.add('O-2')]
    expect(storedShelf(storage).all()).toEqual(entries)
  })
})
