/**
 * A process that may well never end: a mutant. It is watched from outside, because one that spins cannot watch itself:
 * silence, age and memory are bounded, and whatever is past a bound is killed and reported as a hang.
 *
 * Time is what the process has used of a processor: where others leave it little, it is late and hangs all the same no more. One
 * that waits uses none, so the clock on the wall bounds it as well, much later.
 */
import { readFile } from 'node:fs/promises'
import { setPriority } from 'node:os'

/** Others share the machine. */
const NICENESS = 10
const LOOK_EVERY_MS = 250
const OUTPUT_MAX = 400_000
const RESIDENT_MAX_BYTES = 1_500 * 1024 * 1024
const PAGE_BYTES = 4_096
/** Linux tells times of processes in these. */
const TICK_MS = 10
/** How many times later the clock on the wall is believed. */
const WALL_FACTOR = 8

export interface ChildLimits {
  readonly cwd: string
  /** Without a word for so long, it hangs. Of its own time. */
  readonly silenceMaxMs: number
  /** Of its own time, too. */
  readonly ageMaxMs: number
}

export interface ChildEnd {
  readonly kind: 'ended' | 'hang'
  readonly code: number
  /** Both streams, as they came. */
  readonly output: string
}

export async function runChild(argv: readonly string[], limits: ChildLimits): Promise<ChildEnd> {
  const child = Bun.spawn([process.execPath, ...argv], {
    cwd: limits.cwd,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    env: { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1' },
  })
  const began: Spent = { wallMs: performance.now(), ownMs: 0 }
  let now = began
  let heard = began
  let output = ''
  let isHang = false
  beNice(child.pid)
  const listen = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
    const decoder = new TextDecoder()
    for await (const chunk of stream) {
      heard = { ...now, wallMs: performance.now() }
      if (output.length < OUTPUT_MAX) output += decoder.decode(chunk, { stream: true })
    }
  }
  const watch = setInterval(async () => {
    now = { wallMs: performance.now(), ownMs: (await ownMs(child.pid)) ?? now.ownMs }
    const isPast = isOver(heard, now, limits.silenceMaxMs) || isOver(began, now, limits.ageMaxMs)
    if (!isPast && (await residentBytes(child.pid)) < RESIDENT_MAX_BYTES) return
    isHang = true
    child.kill('SIGKILL')
  }, LOOK_EVERY_MS)
  try {
    const [code] = await Promise.all([child.exited, listen(child.stdout), listen(child.stderr)])
    return { kind: isHang ? 'hang' : 'ended', code, output }
  } finally {
    clearInterval(watch)
  }
}

interface Spent {
  readonly wallMs: number
  readonly ownMs: number
}

function isOver(since: Spent, now: Spent, maxMs: number): boolean {
  return now.ownMs - since.ownMs > maxMs || now.wallMs - since.wallMs > maxMs * WALL_FACTOR
}

function beNice(pid: number): void {
  try {
    setPriority(pid, NICENESS)
  } catch (error) {
    // It has ended already, which its exit code tells.
    if (!(error instanceof Error && 'code' in error)) throw error
  }
}

/** @returns null where the system does not tell, or the process is gone. */
async function ownMs(pid: number): Promise<number | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // Behind its name, which may hold anything: the state, then ten figures, then the times of the process and of the kernel for it.
  const figures = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return figures.length > 12 ? (Number(figures[11]) + Number(figures[12])) * TICK_MS : null
}

/** @returns 0 where the system does not tell, or the process is gone: its age and silence bound it still. */
async function residentBytes(pid: number): Promise<number> {
  const statm = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '')
  return Number(statm.split(' ')[1] ?? 0) * PAGE_BYTES
}
