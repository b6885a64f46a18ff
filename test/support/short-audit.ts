/** A short audit as a process of its own, and what every audit must find. */
import { expect } from 'bun:test'
import { join } from 'node:path'

const ROOT = join(import.meta.dir, '../..')
const CLEAN = {
  lost: 0,
  repeated: 0,
  double_assigned: 0,
  revoked_accepted: 0,
  beyond_capacity: 0,
  journal_violations: 0,
  unexpected: {},
  unclean_stops: 0,
  nodes_died: 0,
}

export interface ShortAudit {
  readonly rounds: number
  readonly drivers: number
  readonly seed: number
  /** Left out: one embedded node. */
  readonly nodes?: number
}

export async function expectCleanAudit({ rounds, drivers, seed, nodes }: ShortAudit): Promise<void> {
  const size = ['--rounds', `${rounds}`, '--drivers', `${drivers}`, '--seconds-per-round', '2', '--seed', `${seed}`]
  const cluster = nodes === undefined ? [] : ['--nodes', `${nodes}`]
  const audit = Bun.spawn([process.execPath, 'src/audit/main.ts', ...cluster, ...size, '--json'], {
    cwd: ROOT,
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [said, complaints] = await Promise.all([new Response(audit.stdout).text(), new Response(audit.stderr).text()])
  expect(complaints).toBe('')
  expect(await audit.exited).toBe(0)
  const report = JSON.parse(said) as Readonly<Record<'orders_acked' | 'accepts_acked' | 'positions_acked', number>>
  expect(report).toMatchObject({ rounds, ...(nodes === undefined ? {} : { nodes }), ...CLEAN })
  expect(Math.min(report.orders_acked, report.accepts_acked)).toBeGreaterThan(0)
  expect(report.positions_acked).toBeGreaterThan(100)
}
