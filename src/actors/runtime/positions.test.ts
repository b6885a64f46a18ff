import { describe, expect, test } from 'bun:test'
import { DOWNTOWN, north, START_MS, VirtualCity } from '../../../test/support/virtual-city.ts'
import type { LatLng } from '../../domain/geo.ts'
import type { DriverId, ShardId } from '../../domain/ids.ts'
import { regionOf, shardOf, shardOfPosition } from '../../domain/region.ts'
import { driverAddress } from '../send.ts'

const ANN = 'ann' as DriverId
const BOB = 'bob' as DriverId

function resultOf(city: VirtualCity, token: number): string | undefined {
  return city.settled.find(fix => fix.token === token)?.result
}

/** Within this instant, not on a way that ends in it. */
function fixAtOnce(city: VirtualCity, driverId: DriverId, at: LatLng): void {
  const fix = { ...at, speed: null, heading: null, accuracy: null, recordedAtMs: city.clock.nowMs(), orderId: null }
  const item = { driverId, shard: city.homeOf(driverId), token: 9, index: 0, create: false, fix }
  city.hosts[0]?.receiveFix('gateway', item)
}

describe('acknowledgements', () => {
  test('a fix is answered once it is in the history, a repeat after it, whatever the record does meanwhile', async () => {
    const faults = ['unavailable', 'land_then_lose_answer', 'ok'] as const
    let n = 0
    const city = await new VirtualCity({ locations: { before: () => faults[n++] ?? 'ok' } }).start()
    const token = city.fix(ANN, DOWNTOWN, START_MS)
    const repeat = city.fix(ANN, DOWNTOWN, START_MS)
    city.advance(100)
    expect([resultOf(city, token), resultOf(city, repeat)]).toEqual([undefined, undefined])
    city.advance(1_000)
    expect(city.settled.map(fix => fix.result)).toEqual(['committed', 'duplicate'])
    expect(city.history.route(ANN).length).toBe(1)
  })

  test('a fix waits for no turn, not even its own: it goes to the record first', async () => {
    const turnsBefore: (number | undefined)[] = []
    const turns = () => city.hosts[0]?.stats.turns
    const before = () => {
      turnsBefore.push(turns())
      return 'ok' as const
    }
    const city = await new VirtualCity({ locations: { before } }).start()
    city.fix(ANN, DOWNTOWN, START_MS)
    city.advance(100)
    const taken = turns()
    city.fix(ANN, DOWNTOWN, START_MS + 1)
    city.advance(100)
    expect(turnsBefore.at(-1)).toBe(taken)
    expect(turns()).toBe((taken ?? 0) + 1)
  })

  test('a fix that comes while a turn of its driver is with the record waits for the answer, and is known then', async () => {
    const city = await new VirtualCity({ journal: { latencyMs: () => 50 } }).start()
    const waiting = () => city.hosts[0]?.stats.waitingMessages
    city.fix(ANN, DOWNTOWN)
    city.advance(1_000)
    const patched = city.ask(driverAddress(ANN, city.homeOf(ANN)), {
      kind: 'driver.patch',
      patch: { name: 'Ann' },
    } as never)
    city.advance(10)
    city.fix(ANN, north(DOWNTOWN, 5))
    city.advance(10)
    expect(waiting()).toBe(1)
    city.advance(100)
    expect(waiting()).toBe(0)
    expect(await patched).toMatchObject({ driver: { position: DOWNTOWN } })
    expect((await city.read(ANN)).position).toMatchObject(north(DOWNTOWN, 5))
  })

  test('a fix that comes in the moment of that answer is not written over by the one that waited for it', async () => {
    const COMMIT_MS = 50
    const city = await new VirtualCity({ journal: { latencyMs: () => COMMIT_MS } }).start()
    city.fix(ANN, DOWNTOWN)
    city.advance(1_000)
    // Armed before the answer of the record, so it comes first.
    city.clock.after(COMMIT_MS, () => fixAtOnce(city, ANN, north(DOWNTOWN, 10)))
    city.ask(driverAddress(ANN, city.homeOf(ANN)), { kind: 'driver.patch', patch: { name: 'Ann' } } as never)
    city.advance(10)
    city.fix(ANN, north(DOWNTOWN, 5))
    city.advance(100)
    expect((await city.read(ANN)).position).toMatchObject(north(DOWNTOWN, 10))
  })

  test('whoever is heard of in the moment in which the long silent are let go is not let go', async () => {
    const city = await new VirtualCity().start()
    const of = () => city.hosts[0]
    city.fix(ANN, DOWNTOWN)
    city.fix(BOB, DOWNTOWN)
    city.advance(1_000)
    expect([of()?.isIdle, of()?.stats.actors.driver]).toEqual([true, 2])
    // Before the timer of that time, which is set anew when it fires.
    const dueMs = START_MS + 31 * 30_000
    city.clock.after(dueMs - city.clock.nowMs(), () => {
      fixAtOnce(city, ANN, north(DOWNTOWN, 5))
      expect(of()?.isIdle).toBe(false)
    })
    city.advance(dueMs - city.clock.nowMs())
    expect(of()?.stats.actors.driver).toBe(1)
  })

  test('a late fix whose first answer was lost is late, not a duplicate of itself', async () => {
    const faults = ['ok', 'land_then_lose_answer'] as const
    let n = 0
    const city = await new VirtualCity({ locations: { before: () => faults[n++] ?? 'ok' } }).start()
    city.fix(ANN, DOWNTOWN, START_MS)
    city.advance(100)
    const late = city.fix(ANN, DOWNTOWN, START_MS - 5_000)
    city.advance(1_000)
    expect(resultOf(city, late)).toBe('late')
    const again = city.fix(ANN, DOWNTOWN, START_MS - 5_000)
    city.advance(1_000)
    expect(resultOf(city, again)).toBe('duplicate')
  })

  test('a driver that fixes may make is made, although somebody asked for it a moment before', async () => {
    const city = await new VirtualCity().start()
    const read = city.ask(driverAddress(ANN, city.homeOf(ANN)), { kind: 'driver.read' })
    const token = city.fix(ANN, DOWNTOWN)
    city.advance(100)
    expect(resultOf(city, token)).toBe('committed')
    expect((await read).kind).toBe('driver')
  })

  test('fixes for a shard that is dropped while their driver is loaded are to be sent again', async () => {
    const city = await new VirtualCity().start()
    const token = city.fix(ANN, DOWNTOWN)
    city.advance(0)
    city.hosts[0]?.drop(shardOfPosition(DOWNTOWN, city.settings.shards))
    city.advance(100)
    expect(resultOf(city, token)).toBe('moved')
  })
})

describe('a driver that moves', () => {
  test('an adoption that is lost is made up for by the next message, and nothing goes round in circles', async () => {
    let lost = 0
    const city = await new VirtualCity({
      hosts: 2,
      fate: what => {
        if (!('message' in what) || what.message.kind !== 'runtime.adopt') return [1]
        lost++
        return []
      },
    }).start()
    const { settings } = city
    const [here, there] = twoHomes(settings.shards)
    await city.onDuty(ANN, here)
    // To and fro; the first host would forward to the second, and that back to the first, for ever.
    for (const at of [there, here, there, here]) {
      for (let n = 0; n < 5; n++) {
        city.advance(60_000)
        city.fix(ANN, at)
      }
      city.advance(1_000)
      expect((await city.read(ANN)).homeShard).toBe(shardOfPosition(at, settings.shards))
    }
    expect(lost).toBeGreaterThan(2)
    expect(city.settled.at(-1)?.result).toBe('committed')
  })

  test('that is registered without a position is seen with its first one, however slowly that is stored', async () => {
    let down = true
    const city = await new VirtualCity({
      hosts: 2,
      settings: { acceptAutomatically: true },
      locations: { before: () => (down ? 'unavailable' : 'ok') },
    }).start()
    const [home, elsewhere] = twoHomes(city.settings.shards)
    const atElsewhere = driverAddress(ANN, shardOfPosition(elsewhere, city.settings.shards))
    const register = { kind: 'driver.register', profile: { capacity: 1, skills: [] }, key: null }
    for (const command of [register, { kind: 'driver.availability', status: 'available' }]) {
      await city.clock.settle(city.ask(atElsewhere, command as never))
    }
    const { terms } = await city.place(home)
    city.fixTo(atElsewhere.shard, ANN, home)
    city.advance(1_000)
    expect(city.record.peekDriver(ANN)?.homeShard).toBe(atElsewhere.shard)
    down = false
    city.advance(5_000)
    expect(city.record.peekDriver(ANN)?.homeShard).toBe(shardOfPosition(home, city.settings.shards))
    expect(city.settled.map(fix => fix.result)).toEqual(['committed'])
    expect(city.stored(terms.orderId).assignment).toMatchObject({ driverId: ANN })
  })

  test('a message with an old address finds it, and whoever sent it learns the new one', async () => {
    const city = await new VirtualCity({ hosts: 2 }).start()
    const [here, there] = twoHomes(city.settings.shards)
    await city.onDuty(ANN, here)
    const oldHome = city.homeOf(ANN)
    for (let n = 0; n < 5; n++) {
      city.advance(60_000)
      city.fix(ANN, there)
    }
    city.advance(1_000)
    expect(city.homeOf(ANN)).not.toBe(oldHome)
    const reply = await city.clock.settle(city.ask(driverAddress(ANN, oldHome), { kind: 'driver.read' }))
    expect(reply).toMatchObject({ kind: 'driver', driver: { homeShard: shardOfPosition(there, city.settings.shards) } })
  })

  test('the cell that knew it knows where it lives now', async () => {
    const city = await new VirtualCity({ hosts: 2, settings: { acceptAutomatically: true } }).start()
    const [here, there] = twoHomes(city.settings.shards)
    await city.onDuty(ANN, here)
    for (let n = 0; n < 5; n++) {
      city.advance(60_000)
      city.fix(ANN, there)
    }
    city.advance(20)
    const { terms } = await city.place(there)
    city.advance(100)
    const { assignment } = city.stored(terms.orderId)
    expect(assignment).toMatchObject({ driverId: ANN, driverShard: city.homeOf(ANN) })
  })
})

/** Downtown, and a place whose region's shard is served by the other of two hosts. */
function twoHomes(shards: number) {
  const home = shardOf(regionOf(DOWNTOWN), shards)
  for (let m = 4_000; ; m += 500) {
    const there = north(DOWNTOWN, m)
    if ((shardOfPosition(there, shards) - home) % 2 !== 0 && isWellInside(there, shards))
      return [DOWNTOWN, there] as const
  }
}

function isWellInside(at: { latitude: number; longitude: number }, shards: number): boolean {
  const shard: ShardId = shardOfPosition(at, shards)
  return [-300, 300].every(m => shardOfPosition(north(at, m), shards) === shard)
}
