/** A short audit of the running build: the long one is `bun run audit -- --rounds 100`. */
import { test } from 'bun:test'
import { expectCleanAudit } from '../support/short-audit.ts'

test('what a node acknowledges outlives it and its Postgres', async () => {
  await expectCleanAudit({ rounds: 3, drivers: 60, seed: 2 })
}, 120_000)
