import { expect, it } from 'vitest'
import { hoursToday } from './opening'
import { isChangeable, isMovable, isOver, isReturnable, stepsDone, stepsOf, totalOf } from './progress'
import type { Order, OrderLine } from './api'

const line = (more: Partial<OrderLine>): OrderLine => ({
  line_id: '1',
  group_id: 'g1',
  sku: 'SKU-1',
  quantity: 2,
  unit_price_jpy: 1000,
  status: 'confirmed',
  in_question_quantity: 0,
  completed_quantity: 0,
  cancelled_quantity: 0,
  ...more
})

const order = (status: string, ...lines: OrderLine[]): Order => ({
  order_id: 'o1',
  status,
  groups: [{ group_id: 'g1', method: 'pickup', status, location_id: 'S001' }],
  lines,
  choice_options: [],
  refunded_jpy: 0,
  placed_at: '2026-11-28T01:00:00Z'
})

it('an order costs what was not cancelled of it', () => {
  expect(totalOf(order('confirmed', line({}), line({ line_id: '2', cancelled_quantity: 1 })))).toBe(3000)
})

it('only what was collected can come back, and only what is coming can be moved', () => {
  expect(isReturnable(order('confirmed', line({})))).toBe(false)
  expect(isReturnable(order('completed', line({ completed_quantity: 1 })))).toBe(true)
  expect([isMovable(order('confirmed', line({}))), isMovable(order('completed', line({})))]).toEqual([true, false])
})

it('what is sent has steps of its own, and no other store', () => {
  const sent = { ...order('confirmed', line({})), groups: [{ group_id: 'g1', method: 'ship', status: 'confirmed', prefecture: 'JP-13' }] }
  expect(stepsOf(order('confirmed', line({})))[1]).toBe('ready')
  expect(stepsOf(sent)[stepsDone('shipped') - 1]).toBe('shipped')
  expect(isMovable(sent)).toBe(false)
  expect(['confirmed', 'choice', 'shipped', 'completed'].map(isChangeable)).toEqual([true, true, false, false])
})

it('every state has its place among the steps', () => {
  expect(['pending', 'placed', 'confirmed', 'ready', 'completed'].map(stepsDone)).toEqual([0, 0, 1, 2, 3])
  expect(['cancelled', 'rejected', 'refused'].every(isOver)).toBe(true)
  expect(isOver('choice')).toBe(false)
})

it('a store is closed on days without hours and on days that it names, by the day in Japan', () => {
  const store = { opening_hours: [{ day: 'sat', opens: '10:00', closes: '21:00' }], closed_dates: ['2026-12-05'] }
  expect(hoursToday(store, new Date('2026-11-27T15:30:00Z'))).toEqual(['10:00–21:00'])
  expect(hoursToday(store, new Date('2026-11-27T14:30:00Z'))).toEqual([])
  expect(hoursToday(store, new Date('2026-12-05T03:00:00Z'))).toEqual([])
})
