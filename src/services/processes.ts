/**
 * Processes by pid, without the risk of hitting a stranger: a pid counts only while its command line names the
 * directory that the process works for.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '../store/embedded/errors.ts'
import { poll } from '../store/embedded/poll.ts'
import { readIfThere } from '../store/embedded/read-if-there.ts'
import { runTool } from '../store/embedded/run-tool.ts'
import { SERVICE_LIMITS } from './limits.ts'

export const PID_FILE = 'server.pid'

/** @returns the pid that the server of this directory has written, if that process lives and is that server. */
export async function serverIn(dir: string): Promise<number | null> {
  const pid = Number.parseInt((await readIfThere(join(dir, PID_FILE))) ?? '', 10)
  return pid > 1 && (await commandOf(pid)).includes(dir) ? pid : null
}

/** Politely, then by force. @returns whether it is gone. */
export async function endServerIn(dir: string): Promise<boolean> {
  const steps = [
    { signal: 'SIGTERM', maxMs: SERVICE_LIMITS.stopMaxMs },
    { signal: 'SIGKILL', maxMs: SERVICE_LIMITS.killMaxMs },
  ] as const
  for (const { signal, maxMs } of steps) {
    const pid = await serverIn(dir)
    if (pid === null) return true
    // A paused one hears nothing until it is continued.
    for (const each of [signal, 'SIGCONT'] as const) signalTo(pid, each)
    const gone = await poll({ forMs: maxMs, everyMs: SERVICE_LIMITS.pollMs }, async () =>
      (await serverIn(dir)) === null ? true : undefined,
    )
    if (gone) return true
  }
  return false
}

/** One that has just ended has had its signal. */
export function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error
  }
}

/** Every thread of it. Where the system does not say, the signal has to do; one that is gone is still enough. */
export async function isStopped(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return true
  try {
    const threads = await readdir(`/proc/${pid}/task`)
    const states = await Promise.all(threads.map(thread => readFile(`/proc/${pid}/task/${thread}/status`, 'utf8')))
    return states.every(state => /^State:\s*[TZ]/m.test(state))
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return true
    throw error
  }
}

const PS_MAX_MS = 5_000

/** Empty for a process that is not there, or is a zombie. */
async function commandOf(pid: number): Promise<string> {
  if (process.platform !== 'linux') {
    return (await runTool('ps', ['-ww', '-o', 'command=', '-p', `${pid}`], { user: null, maxMs: PS_MAX_MS })).output
  }
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ')
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return ''
    throw error
  }
}
