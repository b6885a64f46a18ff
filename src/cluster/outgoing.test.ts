import { expect, test } from 'bun:test'
import type { IntakeItem, IntakeResult } from '../actors/runtime/ports.ts'
import type { DriverId, ShardId } from '../domain/ids.ts'
import { readSeenRows, readSettledRows } from './answer-rows.ts'
import { readFixes } from './fix-rows.ts'
import { decodeBatch, FRAME, type Frame } from './frames.ts'
import { Outgoing } from './outgoing.ts'

function item(n: number, fix: Partial<IntakeItem['fix']> = {}): IntakeItem {
  const place = { latitude: 37 + n / 1_000, longitude: -122 - n / 1_000 }
  const rest = { speed: null, heading: null, accuracy: null, recordedAtMs: null, orderId: null }
  return {
    driverId: `drv_${n}` as DriverId,
    shard: (n % 256) as ShardId,
    token: 1_000_000 + n,
    index: n,
    create: n % 2 === 0,
    fix: { ...place, ...rest, ...fix },
  }
}

function framesOf(outgoing: Outgoing): Frame[][] {
  return outgoing.take().map(bytes => [...decodeBatch(bytes)])
}

function itemsIn(frame: Frame): { gateway: string; item: IntakeItem }[] {
  const items: { gateway: string; item: IntakeItem }[] = []
  readFixes(frame, (gateway, read) => items.push({ gateway, item: read }))
  return items
}

test('positions come out as they went in, whatever of them is not given', () => {
  const outgoing = new Outgoing()
  const items = [
    item(1),
    item(2, { speed: 0, heading: 359.5, accuracy: 12.25, recordedAtMs: 1_790_000_000_123, orderId: 'ord_1' }),
    item(3, { latitude: -90, longitude: 180, accuracy: 0 }),
    item(4, { orderId: 'größe' }),
  ]
  for (const one of items) outgoing.fix('gateway', one)
  const [[frame] = []] = framesOf(outgoing)
  expect(itemsIn(frame ?? [])).toEqual(items.map(one => ({ gateway: 'gateway', item: one })))
})

test('what was taken stays as it is, and what goes next has nothing of it, however much went before', () => {
  const outgoing = new Outgoing()
  const taken = [300, 2, 40].map(count => {
    const items = Array.from({ length: count }, (_, n) => item(n + count, { speed: count }))
    for (const one of items) outgoing.fix('gateway', one)
    for (const { token, index } of items) outgoing.settled(token, index, 'committed', count)
    return { items, batches: outgoing.take() }
  })
  for (const { items, batches } of taken) {
    const [fixes, settled] = batches.flatMap(bytes => [...decodeBatch(bytes)])
    expect(itemsIn(fixes ?? []).map(({ item: read }) => read)).toEqual(items)
    const answers: unknown[] = []
    readSettledRows(settled ?? [], (token, index, result, atMs) => answers.push([token, index, result, atMs]))
    expect(answers).toEqual(items.map(({ token, index }) => [token, index, 'committed', items.length]))
  }
})

test('frames keep their order, and only positions that follow one another share one', () => {
  const outgoing = new Outgoing()
  outgoing.fix('one', item(1))
  outgoing.fix('one', item(2))
  outgoing.put([FRAME.drain, 7])
  outgoing.fix('one', item(3))
  outgoing.fix('two', item(4))
  outgoing.putFirst([FRAME.open, []])
  const [frames = []] = framesOf(outgoing)
  expect(frames.map(frame => frame[0])).toEqual([FRAME.open, FRAME.fixes, FRAME.drain, FRAME.fixes, FRAME.fixes])
  expect(frames.filter(frame => frame[0] === FRAME.fixes).map(frame => itemsIn(frame).map(i => i.gateway))).toEqual([
    ['one', 'one'],
    ['one'],
    ['two'],
  ])
  expect(outgoing.isEmpty).toBe(true)
})

test('no batch holds the receiver up, however much goes out at once', () => {
  const outgoing = new Outgoing()
  for (let n = 0; n < 10_000; n++) outgoing.fix('gateway', item(n))
  for (let n = 0; n < 3_000; n++) outgoing.put([FRAME.stop])
  const batches = framesOf(outgoing)
  const weights = batches.map(frames =>
    frames.reduce((sum, frame) => sum + (frame[0] === FRAME.fixes ? itemsIn(frame).length : 1), 0),
  )
  expect(Math.max(...weights)).toBeLessThan(4_000)
  expect(weights.reduce((a, b) => a + b, 0)).toBe(13_000)
  const places = batches.flatMap(frames => frames.flatMap(frame => (frame[0] === FRAME.fixes ? itemsIn(frame) : [])))
  expect(places.map(({ item: { index } }) => index)).toEqual(Array.from({ length: 10_000 }, (_, n) => n))
})

test('what is said of positions comes out in its order', () => {
  const outgoing = new Outgoing()
  outgoing.seen(1, 0, 10, 11)
  outgoing.seen(1, 1, 20, 21)
  outgoing.settled(1, 0, 'committed', 10)
  outgoing.settled(2, 999, 'moved', 0)
  const [[seen = [], settled = []] = []] = framesOf(outgoing)
  const seenFixes: number[][] = []
  readSeenRows(seen, (...fix) => seenFixes.push(fix))
  expect(seenFixes).toEqual([
    [1, 0, 10, 11],
    [1, 1, 20, 21],
  ])
  const results: [number, number, IntakeResult, number][] = []
  readSettledRows(settled, (...answer) => results.push(answer))
  expect(results).toEqual([
    [1, 0, 'committed', 10],
    [2, 999, 'moved', 0],
  ])
})
