/** A short audit of the running build: the long one is `bun run audit -- --rounds 100`. */
import { expect, test } from 'bun:test'
import { join } from 'node:path'

const ROOT = join(import.meta.dir, '../..')
const ROUNDS = 3

test('what a node acknowledges outlives it and its Postgres', async () => {
  const options = ['--rounds', String(ROUNDS), '--drivers', '60', '--seconds-per-round', '2', '--seed', '2', '--json']
  const audit = Bun.spawn([process.execPath, 'src/audit/main.ts', ...options], {
    cwd: ROOT,
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [said, complaints] = await Promise.all([new Response(audit.stdout).text(), new Response(audit.stderr).text()])
  expect(complaints).toBe('')
  expect(await audit.exited).toBe(0)
  expect(JSON.parse(said)).toMatchObject({
    rounds: ROUNDS,
    lost: 0,
    repeated: 0,
    double_assigned: 0,
    revoked_accepted: 0,
    beyond_capacity: 0,
    journal_violations: 0,
    unexpected: {},
    unclean_stops: 0,
    nodes_died: 0,
  })
  const { orders_acked, positions_acked, accepts_acked } = JSON.parse(said)
  expect(Math.min(orders_acked, accepts_acked)).toBeGreaterThan(0)
  expect(positions_acked).toBeGreaterThan(100)
}, 60_000)
