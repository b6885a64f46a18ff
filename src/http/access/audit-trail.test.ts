import { beforeEach, expect, test } from 'bun:test'
import { StoreUnavailableError } from '../../actors/runtime/errors.ts'
import { VirtualClock } from '../../actors/runtime/memory/virtual-clock.ts'
import type { ActOutcome, ActRecord } from '../../store/audit-log.ts'
import { AuditTrail } from './audit-trail.ts'
import { ADMIN } from './principal.ts'

const ACT = { action: 'key.create', principal: ADMIN, target: null, address: '192.0.2.1' }

let clock: VirtualClock
let inserted: ActRecord[][]
let noted: ActOutcome[]
let isDown: boolean
let trail: AuditTrail

beforeEach(() => {
  clock = new VirtualClock({ startMs: 1_000_000 })
  inserted = []
  noted = []
  isDown = false
  trail = new AuditTrail({
    clock,
    random: Math.random,
    insert: async acts => {
      if (isDown) throw new StoreUnavailableError('down')
      inserted.push([...acts])
    },
    note: async outcomes => {
      if (isDown) throw new StoreUnavailableError('down')
      noted.push(...outcomes)
    },
    onFailure: () => undefined,
  })
})

test('an act is written before it is done, with who and from where, and its outcome follows', async () => {
  const actId = await trail.begin(ACT)
  expect(inserted).toMatchObject([[{ actId, actorRole: 'admin', action: 'key.create', address: '192.0.2.1' }]])
  trail.end(actId, 201, { target: 'key_1', detail: { role: 'driver' } })
  expect(noted).toEqual([])
  clock.advance(500)
  expect(noted).toEqual([{ actId, status: 201, target: 'key_1', detail: { role: 'driver' } }])
})

test('what cannot be written is not to be done', async () => {
  isDown = true
  await expect(trail.begin(ACT)).rejects.toThrow(StoreUnavailableError)
  isDown = false
  expect(await trail.begin(ACT)).toStartWith('act_')
})

test('one that the record refuses fails alone', async () => {
  const bad = new AuditTrail({
    clock,
    random: Math.random,
    insert: async acts => {
      if (acts.some(({ target }) => target === 'bad')) throw new Error('unsupported text')
      inserted.push([...acts])
    },
    note: async () => undefined,
    onFailure: () => undefined,
  })
  // The first is written alone; the others wait for it, and are one batch.
  const targets = ['first', 'one', 'bad', 'two']
  const ends = await Promise.allSettled(targets.map(target => bad.begin({ ...ACT, target })))
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
  expect(inserted.flat().map(({ target }) => target)).toEqual(['first', 'one', 'two'])
})

test('acts that come together are written together, and their ids sort by time', async () => {
  const ids = await Promise.all(Array.from({ length: 40 }, () => trail.begin(ACT)))
  expect(new Set(ids).size).toBe(40)
  expect(inserted.length).toBeLessThan(4)
  clock.advance(1)
  const later = await trail.begin(ACT)
  expect(ids.every(id => id < later)).toBe(true)
})

test('outcomes that the record did not take are written once it is back', async () => {
  const actId = await trail.begin(ACT)
  trail.end(actId, 200, { target: null, detail: {} })
  isDown = true
  clock.advance(2_000)
  expect(noted).toEqual([])
  isDown = false
  await trail.close()
  expect(noted).toHaveLength(1)
})
