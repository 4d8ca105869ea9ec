// What a store's device shows: the server's answer of GET /v1/today, with what was done on the device on top of it.

export interface Line {
  sku: string
  quantity: number
  line_id?: string
  allocation_id?: string
  order_id?: string
  transfer_id?: string
  task_id?: string
  /** Of a count to be approved: how many the books have. */
  expected?: number
}

export interface Evidence {
  bits: number
  prior_bits: number
  parts: { field: string; level: string; bits: number }[]
}

export interface Task {
  task_id: string
  kind: string
  subject: string
  /** Which case of its kind it is, as a word. */
  case?: string
  detail?: string
  order_id?: string
  transfer_id?: string
  parent_id?: string
  location_id?: string
  amount_jpy?: number
  /** Whom the customer desk is asked about. */
  customer_refs?: string[]
  evidence?: Evidence
  lines: Line[]
  owner?: string
  due_at: string
  state: string
  planned_minutes?: number
}

export interface Product {
  sku: string
  gtins: string[]
  style_id: string
  color?: string
  size?: string
  name_ja: string
  name_en: string
  category: string
  price_jpy: number
}

export interface Waiting {
  task: Task
  code_hashes: string[]
}

export interface Place {
  location_id: string
  name_ja: string
  name_en: string
}

export interface Today {
  /** Whose day it is: a store's, or a department's, an area's, headquarters'. */
  holder: string
  as_of: string
  done_today: number
  tasks: Task[]
  /** Of each task that wants an answer, the answers that whoever is signed in may give; none: others have to. */
  decisions: Record<string, string[]>
  waiting: Waiting[]
  products: Product[]
  locations: Place[]
  more: boolean
}

/** What something done on the device leaves to do: pieces by line, and tasks that have ended with it. */
export interface Effect {
  leaves: Record<string, number>
  ends: string[]
}

export const WAVES = ['pick_wave', 'put_away_wave']

/** A line of a task, the same whether it is seen in its own task or in the wave that the task is in. */
export function lineKey(task: Task, line: Line): string {
  const own = line.task_id ?? task.task_id
  return [own, line.line_id ?? '', line.allocation_id ?? '', line.sku].join('|')
}

/** The answer as it will be once the server knows all that was done here. */
export function withDone(today: Today, effects: Effect[]): Today {
  const ended = new Set(effects.flatMap((effect) => effect.ends))
  const leaves = new Map<string, number>()
  for (const effect of effects) {
    for (const [key, left] of Object.entries(effect.leaves)) {
      leaves.set(key, Math.min(left, leaves.get(key) ?? left))
    }
  }
  const shrinks = (task: Task) => ({ before: task, now: shrunk(task, leaves) })
  const tasks = today.tasks.map(shrinks).filter((task) => isLeft(task, ended)).map(({ now }) => now)
  const waiting = today.waiting
    .filter((one) => isLeft(shrinks(one.task), ended))
    .map((one) => ({ ...one, task: shrunk(one.task, leaves) }))
  const gone = today.tasks.length - tasks.length + today.waiting.length - waiting.length
  return { ...today, tasks, waiting, done_today: today.done_today + gone }
}

// A line never grows again by what was done here: what the server says may be older or newer than that.
function shrunk(task: Task, leaves: Map<string, number>): Task {
  const lines = task.lines
    .map((line) => {
      const left = leaves.get(lineKey(task, line))
      return left === undefined || left >= line.quantity ? line : { ...line, quantity: left }
    })
    .filter((line) => line.quantity > 0 || !leaves.has(lineKey(task, line)))
  return { ...task, lines }
}

function isLeft({ before, now }: { before: Task; now: Task }, ended: Set<string>): boolean {
  if (ended.has(now.task_id)) return false
  if (now.lines.length > 0) return true
  // A difference is put away piece by piece, or has no goods and is settled in words.
  return now.kind === 'discrepancy' ? before.lines.length === 0 : !LINES_ARE_THE_WORK.has(now.kind)
}

/** Whether the names of the goods say what is to be done: the server's own words for it have one language. */
export function goodsSayIt(task: Task): boolean {
  return task.lines.length > 0 && LINES_ARE_THE_WORK.has(task.kind)
}

/** Whether a task wants an answer, whoever may give it. Others end with their work. */
export function wantsAnswer(today: Today, task: Task): boolean {
  return task.task_id in today.decisions
}

/** A department, an area or headquarters: they answer, and do none of a store's work. */
export function isOwner(holder: string): boolean {
  return /^(dept|area):|^headquarters$/.test(holder)
}

export function placeOf(today: Today, locationId: string): Place | undefined {
  return today.locations.find((place) => place.location_id === locationId)
}

const LINES_ARE_THE_WORK = new Set(['pick', 'put_away', 'hand_over', ...WAVES])

/** What the day's list shows: each piece of work once. Tasks in a wave are seen in it. */
export function listed(today: Today): Task[] {
  const waves = new Set(today.tasks.filter((task) => WAVES.includes(task.kind)).map((task) => task.task_id))
  const work = today.tasks.filter((task) => task.parent_id === undefined || !waves.has(task.parent_id))
  return [...work].sort((one, other) => Date.parse(one.due_at) - Date.parse(other.due_at))
}

/** Whole minutes until something is due; below zero: by how many it is late. */
export function minutesLeft(dueAt: string, nowMs: number): number {
  return Math.floor((Date.parse(dueAt) - nowMs) / 60_000)
}

export function productOf(today: Pick<Today, 'products'>, sku: string): Product | undefined {
  return today.products.find((product) => product.sku === sku)
}

export function taskOf(today: Today, taskId: string): Task | undefined {
  return today.tasks.find((task) => task.task_id === taskId) ??
    today.waiting.find((one) => one.task.task_id === taskId)?.task
}
