import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readRuleset } from './engine-replay.ts'

let dir = ''

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'waggle-ruleset-test-'))
})

afterAll(() => rm(dir, { recursive: true, force: true }))

/** The example of the docs, with that as its `stops`. */
async function withStops(stops: object | undefined): Promise<string> {
  const example = JSON.parse(await Bun.file(join(import.meta.dir, '../../docs/dispatch-ruleset.json')).text()) as object
  const path = join(dir, 'ruleset.json')
  await Bun.write(path, JSON.stringify({ ...example, stops }))
  return path
}

const stopsOf = async (path: string | null) => (await readRuleset(path, 240)).stops

test('the engine is told how long a stop takes, unless a file says it, be it nothing', async () => {
  expect(await stopsOf(null)).toEqual({ pickupS: 240, dropoffS: 240 })
  expect(await stopsOf(await withStops(undefined))).toEqual({ pickupS: 240, dropoffS: 240 })
  expect(await stopsOf(await withStops({ pickup_s: 60, dropoff_s: 0 }))).toEqual({ pickupS: 60, dropoffS: 0 })
  expect(await stopsOf(await withStops({ pickup_s: 0, dropoff_s: 0 }))).toEqual({ pickupS: 0, dropoffS: 0 })
})
