/**
 * CPU time and memory of processes that are not ours, from `/proc`. Elsewhere than on Linux there is none of that, and
 * the figures are null rather than guessed.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts in hundredths of a second whatever its own clock does. */
const TICKS_PER_S = 100

interface Stat {
  readonly pid: number
  readonly parent: number
  /** Of its own, and of children that have ended and been waited for. */
  readonly cpuS: number
}

export function isSupported(): boolean {
  return process.platform === 'linux'
}

/** @returns CPU seconds of the processes and all their descendants, or null where it cannot be known. */
export function cpuSeconds(roots: readonly number[]): number | null {
  if (!isSupported()) return null
  const stats = readdirSync('/proc').flatMap(name => (/^\d+$/.test(name) ? (statOf(Number(name)) ?? []) : []))
  const counted = new Set(roots)
  // A child may come before its parent in the list: repeat until nobody is added.
  for (let before = 0; before !== counted.size; ) {
    before = counted.size
    for (const stat of stats) if (counted.has(stat.parent)) counted.add(stat.pid)
  }
  return stats.filter(stat => counted.has(stat.pid)).reduce((sum, stat) => sum + stat.cpuS, 0)
}

/** @returns the server that a backend belongs to; null where that is not a process of this machine. */
export function postmasterOf(backendPid: number): number | null {
  const isHere = isSupported() && readIfThere(`/proc/${backendPid}/comm`)?.startsWith('postgres') === true
  return isHere ? (statOf(backendPid)?.parent ?? null) : null
}

/** @returns what it holds in memory, megabytes. */
export function residentMb(pid: number): number | null {
  if (!isSupported()) return null
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readIfThere(`/proc/${pid}/status`) ?? '')?.[1]
  return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1_024)
}

function statOf(pid: number): Stat | null {
  const text = readIfThere(`/proc/${pid}/stat`)
  if (text === null) return null
  // The name in parentheses may hold anything; the numbers begin behind it, with the third field.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const field = (number: number): number => Number(fields[number - 3] ?? 0)
  const ticks = field(14) + field(15) + field(16) + field(17)
  return { pid, parent: field(4), cpuS: ticks / TICKS_PER_S }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    // It has ended meanwhile.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}
