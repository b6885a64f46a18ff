import { expect, test } from 'bun:test'
import { until } from '../../test/support/until.ts'
import { cpuSeconds, isSupported, postmasterOf, residentMb } from './processes.ts'

const BUSY = 'while (process.cpuUsage().user < 300_000);'
const PARENT = `Bun.spawnSync([process.execPath, '-e', ${JSON.stringify(BUSY)}]); await Bun.stdin.text()`

test.skipIf(!isSupported())('the CPU of a process and of its children is seen from outside', async () => {
  const child = Bun.spawn([process.execPath, '-e', PARENT], { stdin: 'pipe' })
  await until(() => (cpuSeconds([child.pid]) ?? 0) > 0.2, 'its child has worked')
  expect(residentMb(child.pid)).toBeGreaterThan(1)
  expect(postmasterOf(child.pid)).toBeNull()
  child.kill()
  await child.exited
  expect(residentMb(child.pid)).toBeNull()
})
