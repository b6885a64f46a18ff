/**
 * The running server of a cluster, found by its `postmaster.pid`.
 *
 * The file outlives a killed server, and its pid may then belong to anybody, so a pid counts only if that
 * process works in our `pgdata` (its working directory, else its arguments): never is another process taken
 * for the server, waited for or signalled.
 */
import { readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, EmbeddedPostgresError } from './errors.ts'
import type { EmbeddedLimits } from './limits.ts'
import { writeOwnedFile } from './owned-files.ts'
import { poll } from './poll.ts'
import { readIfThere } from './read-if-there.ts'
import { runTool } from './run-tool.ts'

export interface Postmaster {
  readonly pid: number
  /** Null until the server has written it. */
  readonly port: number | null
  readonly status: 'starting' | 'ready' | 'stopping'
}

/** Lines of postmaster.pid: pid, data directory, start, port, socket directory, address, shared memory, status. */
const PORT_LINE = 3
const STATUS_LINE = 7
const PS_MAX_MS = 5_000

/** @returns the live server of this cluster, or null. */
export async function findPostmaster(pgdata: string): Promise<Postmaster | null> {
  const lines = await pidFileLines(pgdata)
  const pid = pidOf(lines)
  if (pid === null || !(await isPostmaster(pid, pgdata))) return null
  const port = Number.parseInt(lines?.[PORT_LINE] ?? '', 10)
  const status = lines?.[STATUS_LINE]?.trim()
  return {
    pid,
    port: port > 0 ? port : null,
    status: status === 'ready' || status === 'stopping' ? status : 'starting',
  }
}

/** @returns whether the process is alive (no zombie) and is a server of this cluster. */
export async function isPostmaster(pid: number, pgdata: string): Promise<boolean> {
  if (process.platform !== 'linux') {
    if (!isThere(pid)) return false
    const { output } = await runTool('ps', ['-ww', '-o', 'command=', '-p', `${pid}`], { user: null, maxMs: PS_MAX_MS })
    return output.includes('postgres') && output.includes(pgdata)
  }
  const args = await readProc(() => readFile(`/proc/${pid}/cmdline`, 'utf8'))
  if (args === undefined || !args.includes('postgres')) return false // A zombie's are empty.
  if (args.split('\0').includes(pgdata)) return true
  // The data directory may have been moved under the running server: its arguments stay, its directory moves along.
  return (await readProc(() => readlink(`/proc/${pid}/cwd`))) === pgdata
}

/**
 * Lets a new server start past a `postmaster.pid` whose pid is now somebody else's. Postgres would take that process
 * for a server and refuse. The file is not removed: it also names the shared memory by which Postgres
 * notices backends that outlived a killed server. Our own pid in it means, to a child of ours, "stale".
 */
export async function disownPidFile(pgdata: string): Promise<void> {
  const lines = await pidFileLines(pgdata)
  const pid = pidOf(lines)
  if (lines === undefined || pid === null || pid === process.pid || !isThere(pid)) return
  if (await isPostmaster(pid, pgdata)) return
  await writeOwnedFile(join(pgdata, 'postmaster.pid'), [`${process.pid}`, ...lines.slice(1)].join('\n'), 0o600)
}

/**
 * Stops the server: fast (sessions end, a checkpoint is written), then immediate (recovery at the next
 * start), then by force. Nothing committed is lost by any of them, and nothing of it runs afterwards.
 *
 * @throws {EmbeddedPostgresError} `stop_failed`
 */
export async function stopPostmaster(pgdata: string, limits: EmbeddedLimits): Promise<void> {
  const running = await findPostmaster(pgdata)
  if (running === null) return
  const steps = [
    { signal: 'SIGINT', maxMs: limits.stopFastMaxMs },
    { signal: 'SIGQUIT', maxMs: limits.stopImmediateMaxMs },
    { signal: 'SIGKILL', maxMs: limits.stopKillMaxMs },
  ] as const
  for (const { signal, maxMs } of steps) {
    // A server that somebody has paused (SIGSTOP) hears nothing until it is continued.
    for (const each of [signal, 'SIGCONT'] as const) sendSignal(running.pid, each, pgdata)
    const gone = await poll({ forMs: maxMs, everyMs: limits.pollMs }, async () =>
      (await isPostmaster(running.pid, pgdata)) ? undefined : true,
    )
    // Under load one of its processes may be on its way out for a moment longer.
    if (gone) return killOrphans(pgdata, limits, [running.pid])
  }
  throw new EmbeddedPostgresError(
    'stop_failed',
    `The Postgres server (process ${running.pid}) on ${pgdata} does not end.`,
  )
}

/**
 * Ends backends that outlived a killed server; they keep its shared memory, and no new server may start beside them.
 *
 * @param killed  those that were killed before: a process whose memory is gone is listed no more, but keeps its sockets until it
 *   has ended.
 */
export async function killOrphans(
  pgdata: string,
  limits: EmbeddedLimits,
  killed: readonly number[] = [],
): Promise<void> {
  const seen = new Set(killed)
  await poll({ forMs: limits.stopKillMaxMs, everyMs: limits.pollMs }, async () => {
    for (const pid of await processesIn(pgdata)) {
      seen.add(pid)
      sendSignal(pid, 'SIGKILL', pgdata)
    }
    for (const pid of seen) if (await hasEnded(pid)) seen.delete(pid)
    return seen.size === 0 ? true : undefined
  })
}

/** Whoever made it may not have asked for it yet. */
async function hasEnded(pid: number): Promise<boolean> {
  const stat = await readProc(() => readFile(`/proc/${pid}/stat`, 'utf8'))
  return stat === undefined || /\) [ZX] /.test(stat)
}

/** Empty where the system has no /proc: there they end by themselves, on the next look at their dead parent. */
export async function processesIn(pgdata: string): Promise<number[]> {
  if (process.platform !== 'linux') return []
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const cwd = await readProc(() => readlink(`/proc/${name}/cwd`))
    if (cwd === pgdata && (await readProc(() => readFile(`/proc/${name}/cmdline`, 'utf8')))?.includes('postgres')) {
      found.push(Number(name))
    }
  }
  return found
}

function sendSignal(pid: number, signal: NodeJS.Signals, pgdata: string): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return
    throw new EmbeddedPostgresError(
      'stop_failed',
      `The Postgres server (process ${pid}) on ${pgdata} belongs to another user and cannot be stopped by this one.`,
      { cause: error },
    )
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

async function pidFileLines(pgdata: string): Promise<string[] | undefined> {
  return (await readIfThere(join(pgdata, 'postmaster.pid')))?.split('\n')
}

function pidOf(lines: readonly string[] | undefined): number | null {
  const pid = Number.parseInt(lines?.[0] ?? '', 10)
  return pid > 1 ? pid : null
}

/** A process may end between two looks, and another user's is closed to us: both are "not ours". */
async function readProc(read: () => Promise<string>): Promise<string | undefined> {
  try {
    return await read()
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM') return undefined
    throw error
  }
}
