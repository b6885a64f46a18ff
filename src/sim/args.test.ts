import { expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ArgsError, HELP, parseCommand } from './args.ts'

const optionsOf = async (line: string, env: Record<string, string> = {}) => {
  const command = await parseCommand(line === '' ? [] : line.split(' '), env)
  if (command.kind !== 'run') throw new Error('not a run')
  return command.options
}

test('the documented line means what it says', async () => {
  const line = '--url http://localhost:3000/ --drivers 10000 --rate 2000 --orders-per-hour 3600 --seconds 60'
  const options = await optionsOf(line, { WAGGLE_ADMIN_KEY: 'key' })
  expect(options).toMatchObject({ drivers: 10_000, ratePerS: 2_000, ordersPerHour: 3_600, durationS: 60, token: 'key' })
  expect(options).toMatchObject({ url: 'http://localhost:3000', onDuty: 2_500, acceptShare: 0.9, cancelShare: 0.02 })
})

test('without orders nobody is on duty, and a token on the line beats the environment', async () => {
  const options = await optionsOf('--orders-per-hour 0 --token mine', { WAGGLE_ADMIN_KEY: 'key' })
  expect(options).toMatchObject({ onDuty: 0, token: 'mine' })
})

test('a replay of trips puts the whole fleet on duty, cancels nothing and runs to its end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waggle-args-'))
  try {
    const [trips, traces] = [join(folder, 'a.csv.gz'), join(folder, 'b.csv')]
    const text = 'request_ts,pickup_lat,pickup_lng,dropoff_lat,dropoff_lng\n1,2,3,4,5\n'
    await Bun.write(trips, Bun.gzipSync(new TextEncoder().encode(text)))
    await Bun.write(traces, 'vehicle_id,ts,lat,lng,occupied\na,1,2,3,1\n')

    const options = await optionsOf(`--replay ${traces} --replay ${trips} --drivers 4000 --speedup 10`)
    expect(options).toMatchObject({ tripsFile: trips, tracesFile: traces, onDuty: 4_000, durationS: null, drainS: 30 })
    expect(options.cancelShare).toBe(0)
    expect(optionsOf(`--replay ${trips} --replay ${trips}`)).rejects.toThrow('one file of trips and one of traces')
    expect(optionsOf(`--replay ${folder}/none.csv`)).rejects.toThrow('there is no file')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('a value that cannot be is refused in a sentence that names its option', async () => {
  const bad = [
    ['--drivers 1.5', '--drivers must be a whole number'],
    ['--drivers many', '--drivers must be a whole number'],
    ['--rate NaN', '--rate must be a number'],
    ['--rate Infinity', '--rate must be a number'],
    ['--accept 1.1', '--accept must be a number from 0 to 1'],
    ['--url localhost', '--url must be an http or https address'],
    ['--protocol xml', '--protocol must be json or msgpack'],
    ['--center 89,0', '--center must be LAT,LNG'],
    ['--prefix a/b', '--prefix must be'],
    ['--colour red', '--colour'],
    ['stray', 'stray'],
  ] as const
  for (const [line, sentence] of bad) {
    const refusal = await optionsOf(line).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(ArgsError)
    expect(String(refusal)).toContain(sentence)
  }
})

test('the help names every option', async () => {
  expect((await parseCommand(['--help'], {})).kind).toBe('help')
  for (const option of ['url', 'token', 'replay', 'speedup', 'accept', 'patience', 'protocol', 'json', 'leave']) {
    expect(HELP).toContain(`--${option}`)
  }
})
