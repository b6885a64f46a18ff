import { expect, test } from 'bun:test'
import { VirtualClock } from '../actors/runtime/memory/virtual-clock.ts'
import type { CellId } from '../domain/ids.ts'
import type { PublishedRuleset } from '../domain/pricing/in-force.ts'
import { RulesetBook } from './ruleset-book.ts'

const AREA = '85283083fffffff' as CellId
const PRICES = { currency: 'USD', baseMinor: 250, perKmMinor: 100, perMinuteMinor: 20, minimumMinor: 400 }

function published(version: string): PublishedRuleset {
  const ruleset = { ...PRICES, version, roundToMinor: 1 }
  return { ruleset, validFromMs: 0, validToMs: null, cells: null, createdAtMs: Number(version) }
}

/** A record that answers its reads when it is told to. */
function book() {
  const clock = new VirtualClock({ startMs: 1_000_000 })
  const reads: PromiseWithResolvers<readonly PublishedRuleset[]>[] = []
  const rulesets = new RulesetBook(clock, () => {
    const read = Promise.withResolvers<readonly PublishedRuleset[]>()
    reads.push(read)
    return read.promise
  })
  const ask = async () => (await rulesets.inForce(AREA))?.ruleset.version ?? null
  const answer = (read: number, ...versions: string[]) => reads[read]?.resolve(versions.map(published))
  return { clock, reads, rulesets, ask, answer }
}

/** One that knows version 1, and would look again now. */
async function knowing() {
  const rig = book()
  const asked = rig.ask()
  rig.answer(0, '1')
  expect(await asked).toBe('1')
  rig.clock.advance(2_001)
  return rig
}

test('what was read a moment ago is not read again, and later it is', async () => {
  const { clock, reads, ask, answer } = await knowing()
  const asked = ask()
  answer(1, '1', '2')
  expect(await asked).toBe('2')
  clock.advance(2_000)
  expect([await ask(), reads.length]).toEqual(['2', 2])
})

test('a silent record is asked once for all who come, who go on with what is known', async () => {
  const { clock, reads, ask } = await knowing()
  for (let second = 0; second < 2; second++) {
    const askers = [ask(), ask(), ask()]
    clock.advance(500)
    expect(await Promise.all(askers)).toEqual(['1', '1', '1'])
    clock.advance(500)
  }
  expect(reads).toHaveLength(2)
})

test('a read that is under way for long is not the last: another counts as soon as it is answered', async () => {
  const { clock, reads, ask, answer } = await knowing()
  const silent = ask()
  clock.advance(3_000)
  expect(await silent).toBe('1')
  const asked = ask()
  expect(reads).toHaveLength(3)
  answer(2, '1', '2')
  expect(await asked).toBe('2')
  // The first one after all: it knows nothing new.
  answer(1, '1')
  clock.advance(1)
  expect(await ask()).toBe('2')
})

test('an answer that comes after everybody has gone on counts for the next', async () => {
  const { clock, reads, ask, answer } = await knowing()
  const silent = ask()
  clock.advance(500)
  expect(await silent).toBe('1')
  answer(1, '1', '2')
  clock.advance(1)
  expect([await ask(), reads.length]).toEqual(['2', 2])
})

test('a record that has refused is asked again by the next', async () => {
  const { reads, ask, answer } = await knowing()
  const refused = ask()
  reads[1]?.reject(new Error('away'))
  expect(await refused).toBe('1')
  const asked = ask()
  answer(2, '2')
  expect(await asked).toBe('2')
})

test('where nothing is known, it is said that the record is silent', async () => {
  const { clock, ask } = book()
  const asked = ask()
  clock.advance(3_000)
  await expect(asked).rejects.toThrow('silent')
})

test('one that is made here counts at once, also where a read from before it is answered after it', async () => {
  const { rulesets, ask, answer } = await knowing()
  const before = ask()
  rulesets.outdated()
  answer(1, '1')
  expect(await before).toBe('1')
  const after = ask()
  answer(2, '1', '2')
  expect(await after).toBe('2')
})
