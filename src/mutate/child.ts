/**
 * A process that may well never end: a mutant. It is watched from outside, because one that spins cannot watch itself:
 * silence, age and memory are bounded, and whatever is past a bound is killed and reported as a hang.
 */
import { readFile } from 'node:fs/promises'
import { setPriority } from 'node:os'

/** Others share the machine. */
const NICENESS = 10
const LOOK_EVERY_MS = 250
const OUTPUT_MAX = 400_000
const RESIDENT_MAX_BYTES = 1_500 * 1024 * 1024
const PAGE_BYTES = 4_096

export interface ChildLimits {
  readonly cwd: string
  /** Without a word for so long, it hangs. */
  readonly silenceMaxMs: number
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
  const beganMs = performance.now()
  let heardMs = beganMs
  let output = ''
  let isHang = false
  beNice(child.pid)
  const listen = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
    const decoder = new TextDecoder()
    for await (const chunk of stream) {
      heardMs = performance.now()
      if (output.length < OUTPUT_MAX) output += decoder.decode(chunk, { stream: true })
    }
  }
  const watch = setInterval(async () => {
    const nowMs = performance.now()
    const isPast = nowMs - heardMs > limits.silenceMaxMs || nowMs - beganMs > limits.ageMaxMs
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

function beNice(pid: number): void {
  try {
    setPriority(pid, NICENESS)
  } catch (error) {
    // It has ended already, which its exit code tells.
    if (!(error instanceof Error && 'code' in error)) throw error
  }
}

/** @returns 0 where the system does not tell, or the process is gone: its age and silence bound it still. */
async function residentBytes(pid: number): Promise<number> {
  const statm = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '')
  return Number(statm.split(' ')[1] ?? 0) * PAGE_BYTES
}
