/**
 * Geofences through faults: what is committed of crossings, and who is told, under virtual time. What "fences cut ingest, and
 * events are dropped without a counter" is made good by.
 */
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { DriverState } from '../../src/actors/driver/driver.state.ts'
import { StoreUnavailableError } from '../../src/actors/runtime/errors.ts'
import { COMPANY_MS } from '../../src/actors/runtime/gate.ts'
import { MemoryZoneLog, MemoryZones } from '../../src/actors/runtime/memory/memory-zone-log.ts'
import { driverAddress } from '../../src/actors/send.ts'
import type { LatLng } from '../../src/domain/geo.ts'
import type { DriverId, ShardId, ZoneId } from '../../src/domain/ids.ts'
import { contains, shapeOf } from '../../src/domain/zones/shape.ts'
import { disc, geofence, moved } from '../../src/domain/zones/zones.fixtures.ts'
import { type CityOptions, DOWNTOWN, VirtualCity } from '../support/virtual-city.ts'

const DRIVER = 'drv_1' as DriverId
const RADIUS_M = 300
const depot = () => geofence('depot', disc(DOWNTOWN, RADIUS_M))
const OUTSIDE = moved(DOWNTOWN, 0, 2 * RADIUS_M)

async function cityWith(zones: readonly ReturnType<typeof geofence>[], options: CityOptions = {}) {
  const record = new MemoryZones()
  for (const zone of zones) record.put(zone)
  const city = await new VirtualCity({
    ...options,
    zones: () => new MemoryZoneLog(record, ['geofence', 'service_area']),
  }).start()
  city.advance(100)
  return { city, zones: record }
}

/** Of the journal, in its order. */
function crossings(city: VirtualCity, driverId: DriverId = DRIVER): string[] {
  return city.record
    .journal()
    .filter(event => event.actorId === driverId && event.type.startsWith('geofence_'))
    .sort((a, b) => a.version - b.version)
    .map(({ type, data }) => `${type.slice('geofence_'.length)} ${data.zoneId}${data.recovered ? ' recovered' : ''}`)
}

function told(city: VirtualCity, topic: string): string[] {
  return city.published.filter(p => p.topic === topic && p.type === 'geofence').map(p => String(p.data.event))
}

function drive(city: VirtualCity, places: readonly LatLng[]): void {
  for (const place of places) {
    city.fix(DRIVER, place)
    city.advance(60_000)
  }
}

describe('in and out', () => {
  test('is committed, then told on the topics of the driver and of the zone, with the fix', async () => {
    const { city } = await cityWith([depot()])
    drive(city, [OUTSIDE, DOWNTOWN, OUTSIDE])
    expect(crossings(city)).toEqual(['entered depot', 'left depot'])
    expect(told(city, `driver:${DRIVER}`)).toEqual(['entered', 'left'])
    expect(told(city, 'zone:depot')).toEqual(['entered', 'left'])
    const [entered] = city.published.filter(p => p.topic === 'zone:depot')
    expect(entered?.data).toMatchObject({ driver_id: DRIVER, zone_id: 'depot', zone_version: 1, ...DOWNTOWN })
  })

  test('of fixes that come all at once each is looked at, although only the latest waits for the driver', async () => {
    const { city } = await cityWith([depot()])
    city.fix(DRIVER, OUTSIDE)
    city.advance(1_000)
    const fromMs = city.clock.nowMs() - 600_000
    city.history.lastFix(DRIVER)
    const later = 'drv_2' as DriverId
    for (let i = 0; i < 10; i++) city.fix(later, i % 2 === 0 ? OUTSIDE : DOWNTOWN, fromMs + i * 60_000)
    city.advance(1_000)
    expect(crossings(city, later)).toEqual(
      Array.from({ length: 9 }, (_, i) => `${i % 2 === 0 ? 'entered' : 'left'} depot`),
    )
  })

  test('a late fix crosses nothing', async () => {
    const { city } = await cityWith([depot()])
    drive(city, [OUTSIDE, moved(OUTSIDE, 0, 100)])
    city.fix(DRIVER, DOWNTOWN, city.clock.nowMs() - 90_000)
    city.advance(1_000)
    expect(city.settled.at(-1)?.result).toBe('late')
    expect(crossings(city)).toEqual([])
  })
})

describe('a crossing waits for company', () => {
  const AT_ONCE_MS = 10
  const crossing = async (...more: ReturnType<typeof geofence>[]) => {
    const { city } = await cityWith([depot(), ...more])
    await city.onDuty('drv_1', OUTSIDE)
    city.advance(20_000)
    city.fix(DRIVER, DOWNTOWN)
    city.advance(AT_ONCE_MS)
    return city
  }

  test('for a tenth of a second; meanwhile its position is stored, acknowledged and shown', async () => {
    const city = await crossing()
    expect([crossings(city), told(city, 'zone:depot')]).toEqual([[], []])
    expect(city.settled.at(-1)?.result).toBe('committed')
    expect(city.history.lastFix(DRIVER)).toMatchObject(DOWNTOWN)
    // Neither does another position hasten it, nor wait for it on its way to watchers and into the history.
    city.fix(DRIVER, moved(DOWNTOWN, 5, 0))
    city.advance(AT_ONCE_MS)
    expect([crossings(city), city.settled.at(-1)?.result]).toEqual([[], 'committed'])
    city.advance(COMPANY_MS)
    expect([crossings(city), told(city, 'zone:depot')]).toEqual([['entered depot'], ['entered']])
  })

  test('an offer to the driver hastens it, and rings as soon as it is committed', async () => {
    const city = await crossing()
    void city.place(DOWNTOWN)
    city.advance(5 * AT_ONCE_MS)
    expect([crossings(city), city.offers().map(offer => offer.driverId)]).toEqual([['entered depot'], [DRIVER]])
  })

  test('a read of the driver hastens it, and says what is committed', async () => {
    const city = await crossing()
    let fences: unknown
    void city.ask(driverAddress(DRIVER, city.homeOf(DRIVER)), { kind: 'driver.read' }).then(reply => {
      fences = (reply.driver as unknown as DriverState).fences?.inside.map(fence => fence.zoneId)
    })
    city.advance(AT_ONCE_MS)
    await city.clock.settle(Promise.resolve())
    expect([fences, crossings(city)]).toEqual([['depot'], ['entered depot']])
  })

  test('two in short order are told in order, the first at once when the second comes', async () => {
    const city = await crossing(geofence('dock', disc(moved(DOWNTOWN, 0, -RADIUS_M - 10), RADIUS_M)))
    city.fix(DRIVER, moved(DOWNTOWN, 0, -30))
    city.advance(AT_ONCE_MS)
    expect(crossings(city)).toEqual(['entered depot'])
    city.advance(COMPANY_MS)
    expect([crossings(city), told(city, `driver:${DRIVER}`)]).toEqual([
      ['entered depot', 'entered dock'],
      ['entered', 'entered'],
    ])
  })

  test('those of many drivers are one commit', async () => {
    const { city } = await cityWith([depot()])
    const ids = Array.from({ length: 30 }, (_, i) => `drv_${i}` as DriverId)
    for (const id of ids) city.fix(id, OUTSIDE)
    city.advance(10_000)
    const commits = () => city.hosts.reduce((sum, host) => sum + host.stats.commits, 0)
    const before = commits()
    for (const id of ids) {
      city.fix(id, DOWNTOWN)
      city.advance(3)
    }
    city.advance(COMPANY_MS)
    expect([ids.flatMap(id => crossings(city, id)).length, commits() - before]).toEqual([30, 1])
  })
})

describe('zones that change', () => {
  test('count on every host within two seconds: drawn, drawn anew, deleted', async () => {
    const { city, zones } = await cityWith([], { hosts: 3 })
    const ids = Array.from({ length: 12 }, (_, i) => `drv_${i}` as DriverId)
    const spread = (i: number) => moved(DOWNTOWN, i * 3_000, 0)
    const all = () => {
      for (const [i, id] of ids.entries()) city.fix(id, spread(i))
      city.advance(COMPANY_MS + 10)
    }
    all()
    zones.put(geofence('long', disc(moved(DOWNTOWN, 18_000, 0), 30_000)))
    city.advance(2_000)
    all()
    expect(ids.map(id => crossings(city, id).length)).toEqual(ids.map(() => 1))
    zones.remove('long' as ZoneId)
    city.advance(2_000)
    all()
    for (const id of ids) expect(crossings(city, id).at(-1)).toBe('left long')
    expect(city.record.journal().findLast(event => event.type === 'geofence_left')?.data.reason).toBe('zone_deleted')
  })

  test('what is known goes on while the record of zones does not answer', async () => {
    const record = new MemoryZones()
    record.put(depot())
    let isDown = false
    const log = () => {
      const zoneLog = new MemoryZoneLog(record, ['geofence'])
      zoneLog.before = () => {
        if (isDown) throw new StoreUnavailableError('down')
      }
      return zoneLog
    }
    const city = await new VirtualCity({ zones: log }).start()
    city.advance(100)
    isDown = true
    record.remove('depot' as ZoneId)
    drive(city, [OUTSIDE, DOWNTOWN])
    expect(crossings(city)).toEqual(['entered depot'])
    isDown = false
    drive(city, [DOWNTOWN, moved(DOWNTOWN, 5, 0)])
    expect(crossings(city)).toEqual(['entered depot', 'left depot'])
  })
})

describe('crashes', () => {
  test('what was committed is not told again, and what lasts is seen by the next fix, marked', async () => {
    const { city } = await cityWith([depot()])
    drive(city, [OUTSIDE, DOWNTOWN])
    await city.crashAndRestart()
    drive(city, [moved(DOWNTOWN, 10, 0)])
    expect(crossings(city)).toEqual(['entered depot'])
    await city.crashAndRestart()
    drive(city, [OUTSIDE])
    expect(crossings(city)).toEqual(['entered depot', 'left depot recovered'])
  })

  test('a crossing whose commit was lost with its thread is made good by the next fix', async () => {
    let isLost = false
    let lost = 0
    const { city } = await cityWith([depot()], {
      journal: {
        before: ({ method }) => {
          if (!isLost || method !== 'commit') return 'ok'
          lost++
          return 'unavailable'
        },
      },
    })
    drive(city, [OUTSIDE])
    isLost = true
    city.fix(DRIVER, DOWNTOWN)
    city.advance(COMPANY_MS + 50)
    expect([city.settled.at(-1)?.result, lost > 0]).toEqual(['committed', true])
    expect(crossings(city)).toEqual([])
    isLost = false
    await city.crashAndRestart()
    drive(city, [moved(DOWNTOWN, 5, 0), OUTSIDE])
    expect(crossings(city)).toEqual(['entered depot recovered', 'left depot'])
  })

  test('a crossing that still collects when its thread dies is made good by the next fix', async () => {
    const { city } = await cityWith([depot()])
    drive(city, [OUTSIDE])
    city.fix(DRIVER, DOWNTOWN)
    city.advance(COMPANY_MS / 2)
    expect(crossings(city)).toEqual([])
    await city.crashAndRestart()
    drive(city, [moved(DOWNTOWN, 5, 0), OUTSIDE])
    expect(crossings(city)).toEqual(['entered depot recovered', 'left depot'])
  })

  test('one whose shard was taken while it collected is counted, and seen again by the next fix', async () => {
    const { city } = await cityWith([depot()], { hosts: 2 })
    drive(city, [OUTSIDE])
    city.fix(DRIVER, DOWNTOWN)
    city.advance(COMPANY_MS / 2)
    const shard = city.homeOf(DRIVER)
    const before = city.hosts.findIndex(host => host.epochOf(shard) !== undefined)
    await city.clock.settle(city.takeOver(shard, 1 - before))
    city.advance(COMPANY_MS)
    expect(crossings(city)).toEqual([])
    expect(city.hosts[before]?.stats.fences?.dropped).toEqual({ too_many: 0, shard_lost: 1, not_stored: 0 })
    city.release(shard)
    drive(city, [moved(DOWNTOWN, 5, 0)])
    expect(crossings(city)).toEqual(['entered depot recovered'])
  })

  test('wherever the hosts die or shards move, each fence is entered and left in turn, and the end is true', async () => {
    const place = fc.integer({ min: -3, max: 3 })
    const steps = fc.array(
      fc.oneof(
        { weight: 8, arbitrary: fc.record({ kind: fc.constant('drive' as const), north: place, east: place }) },
        {
          weight: 1,
          arbitrary: fc.record({
            kind: fc.constant('crash' as const),
            afterMs: fc.integer({ min: 0, max: COMPANY_MS + 8 }),
          }),
        },
        {
          weight: 1,
          arbitrary: fc.record({ kind: fc.constant('take' as const), host: fc.integer({ min: 0, max: 1 }) }),
        },
      ),
      { minLength: 5, maxLength: 40 },
    )
    await fc.assert(
      fc.asyncProperty(steps, async plan => {
        // Regions are a kilometre or two wide: the driver goes from shard to shard as well.
        const zones = [-2, 0, 2].map(i => geofence(`zon_${i}`, disc(moved(DOWNTOWN, i * 900, 0), 1_200)))
        const { city } = await cityWith(zones, { hosts: 2 })
        let last = DOWNTOWN
        for (const step of plan) {
          if (step.kind === 'drive') {
            last = moved(DOWNTOWN, step.north * 900, step.east * 900)
            city.fix(DRIVER, last)
            city.advance(step.north === 0 ? 3 : 40_000)
          } else if (step.kind === 'crash') {
            city.advance(step.afterMs)
            await city.crashAndRestart()
          } else {
            const shards = Array.from({ length: city.settings.shards }, (_, s) => s as ShardId)
            for (const shard of shards) await city.clock.settle(city.takeOver(shard, step.host))
          }
        }
        // One more fix, and time for whatever was lost to be found.
        city.advance(60_000)
        city.fix(DRIVER, moved(last, 1, 0))
        city.advance(60_000)
        city.fix(DRIVER, moved(last, 2, 0))
        city.advance(10_000)
        const inside = new Set<string>()
        for (const crossing of crossings(city)) {
          const [event, zone = ''] = crossing.split(' ')
          expect([crossing, inside.has(zone)]).toEqual([crossing, event !== 'entered'])
          if (event === 'entered') inside.add(zone)
          else inside.delete(zone)
        }
        const truth = zones.filter(zone => contains(shapeOf(zone.area), last)).map(zone => zone.zoneId)
        expect([...inside].sort()).toEqual([...truth].sort() as never)
        const stored = city.record.peekDriver(DRIVER)?.state.fences as { inside: { zoneId: string }[] } | undefined
        expect((stored?.inside ?? []).map(fence => fence.zoneId).sort()).toEqual([...inside].sort())
      }),
      { numRuns: 60 },
    )
  }, 60_000)
})

describe('service areas', () => {
  const town = (radiusM: number) => geofence('town', disc(DOWNTOWN, radiusM), { kind: 'service_area' })

  test('who is outside is offered nothing; inside again, it is', async () => {
    const { city } = await cityWith([town(1_000)])
    const away = moved(DOWNTOWN, 1_500, 0)
    await city.onDuty('drv_1', away)
    await city.place(DOWNTOWN)
    for (let s = 0; s < 20; s += 5) {
      city.fix(DRIVER, away)
      city.advance(5_000)
    }
    expect(city.offers()).toEqual([])
    city.fix(DRIVER, moved(DOWNTOWN, 900, 0))
    city.advance(15_000)
    expect(city.offers().map(offer => offer.driverId)).toEqual([DRIVER])
  })

  test('an offer that was on its way to somebody outside is refused, and a dispatcher may still insist', async () => {
    const { city, zones } = await cityWith([])
    const away = moved(DOWNTOWN, 1_500, 0)
    await city.onDuty('drv_1', away)
    zones.put(town(1_000))
    city.advance(2_000)
    city.fix(DRIVER, away)
    city.advance(100)
    const order = await city.place(DOWNTOWN)
    city.advance(5_000)
    expect(city.offers()).toEqual([])
    const shard = city.homeOf(DRIVER)
    const reply = await city.order(order.terms.orderId, {
      kind: 'order.assign',
      driverId: DRIVER,
      driverShard: shard,
    } as never)
    expect(reply.kind).toBe('order')
  })
})

test('crossings beyond the most that are kept of a driver are counted, each once', async () => {
  const zones = Array.from({ length: 53 }, (_, i) => geofence(`zon_${i}`, disc(DOWNTOWN, 300 + i)))
  const { city } = await cityWith(zones)
  drive(city, [OUTSIDE, DOWNTOWN, moved(DOWNTOWN, 5, 0), moved(DOWNTOWN, 9, 0)])
  const [host] = city.hosts
  expect(host?.stats.fences?.crossed.entered).toBe(50)
  expect(host?.stats.fences?.dropped).toEqual({ too_many: 3, shard_lost: 0, not_stored: 0 })
})
