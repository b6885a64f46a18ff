/** A short audit of three real nodes: the long one is `bun run audit -- --nodes 3 --rounds 50`. */
import { test } from 'bun:test'
import { expectCleanAudit } from '../support/short-audit.ts'
import { describeWithServices } from '../support/with-services.ts'

/** Its rounds: NATS killed, a node added, a node killed. */
const SEED = 35

await describeWithServices('the audit of a cluster', ['nats', 'redis'], () => {
  test('what three nodes acknowledge outlives them and their servers', async () => {
    await expectCleanAudit({ rounds: 3, drivers: 40, seed: SEED, nodes: 3 })
  }, 120_000)
})
