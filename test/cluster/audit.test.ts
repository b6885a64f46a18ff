/** A short audit of three real nodes: the long one is `bun run audit -- --nodes 3 --rounds 50`. */
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { describeWithServices } from '../support/with-services.ts'

const ROOT = join(import.meta.dir, '../..')
const ROUNDS = 3
/** Its rounds: NATS killed, a node added, a node killed. */
const SEED = '35'

await describeWithServices('the audit of a cluster', ['nats', 'redis'], () => {
  test('what three nodes acknowledge outlives them and their servers', async () => {
    const size = ['--nodes', '3', '--rounds', String(ROUNDS), '--drivers', '40', '--seconds-per-round', '2']
    const audit = Bun.spawn([process.execPath, 'src/audit/main.ts', ...size, '--seed', SEED, '--json'], {
      cwd: ROOT,
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const [said, complaints] = await Promise.all([new Response(audit.stdout).text(), new Response(audit.stderr).text()])
    expect(complaints).toBe('')
    expect(await audit.exited).toBe(0)
    expect(JSON.parse(said)).toMatchObject({
      rounds: ROUNDS,
      nodes: 3,
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
  }, 120_000)
})
