import { expect, test } from 'bun:test'
import { connect, disconnect } from '../src/store/postgres.ts'
import { testDatabase } from '../test/support/postgres.ts'
import { NoResultError } from './bench.ts'
import { ingestBench } from './ingest.ts'

test('two seconds of positions into a node of its own: all acknowledged, all stored, none twice', async () => {
  const flags = '--protocol json --rate 200 --drivers 100 --seconds 2 --warm-up 0.5 --watchers 5 --reads 20'
  const database = await testDatabase()
  const { figures, postgresVersion } = await ingestBench.run(
    [...flags.split(' '), '--postgres', database.url],
    () => {},
  )

  expect(figures).toMatchObject({
    protocol: 'json',
    sent: 400,
    acked: 400,
    lost: 0,
    repeated: 0,
    unanswered: 0,
    refused: {},
    reads_failed: 0,
    fsync: 'on',
    synchronous_commit: 'on',
  })
  expect(figures.stored_total).toBe(figures.acked_total)
  for (const name of ['ack_p99_ms', 'watch_p99_ms', 'read_p99_ms', 'raw_commit_p99_ms', 'wal_bytes', 'wal_syncs']) {
    expect(figures[name]).toBeGreaterThan(0)
  }
  expect(postgresVersion).toMatch(/^\d+/)
  await database.drop()
}, 60_000)

test('a rate at which a driver would be in two places at once is refused', () => {
  expect(ingestBench.run(['--rate', '20000', '--drivers', '10'], () => {})).rejects.toThrow(
    '--drivers must be at least',
  )
})

test('a node elsewhere is no use without its record', () => {
  const flags = ['--url', 'http://127.0.0.1:1', '--token', 'k']
  expect(ingestBench.run(flags, () => {})).rejects.toThrow(/--postgres/)
})

test('what is measured on a server that may lose what it acknowledged is no result', async () => {
  const { name, url, drop } = await testDatabase()
  const sql = connect(url, { max: 1, applicationName: 'test' })
  await sql.unsafe(`alter database ${name} set synchronous_commit = off`)
  await disconnect(sql)
  const flags = ['--url', 'http://127.0.0.1:1', '--token', 'k', '--postgres', url]
  expect(await ingestBench.run(flags, () => {}).catch(error => error)).toBeInstanceOf(NoResultError)
  await drop()
})
