/** Reads of a node at a fixed rate, by a process of their own: its latencies, and what it is late by itself. */
import { join } from 'node:path'
import type { Subprocess } from 'bun'
import { nowMs } from '../../src/sim/clock.ts'
import { NoResultError } from '../bench.ts'
import type { ReadNews, ReadPlan, ReadReport, ReadStart } from './plan.ts'

const CHILD = join(import.meta.dir, 'child.ts')
/** From the word to the first request. */
const LEAD_MS = 20
/**
 * What comes in is garbage, tens of megabytes a second at the most. Collected when there is more of it than the default's 32 MB, and not by
 * the clock, it stops the process less often; a collection takes its 1 to 2 ms whatever there is.
 */
const ENV = { BUN_GC_TIMER_DISABLE: '1' }

type Child = Subprocess<'pipe', 'pipe', 'inherit'>

export interface ReadHooks {
  readonly onMetered?: () => void
  readonly onEnded?: () => void
}

export class Reading {
  readonly #child: Child
  readonly #news: AsyncIterator<ReadNews>

  private constructor(child: Child) {
    this.#child = child
    this.#news = newsOf(child)
  }

  /** @throws {NoResultError} nobody listens. */
  static async open(plan: ReadPlan): Promise<Reading> {
    const child = Bun.spawn([process.execPath, CHILD], {
      env: { ...process.env, ...ENV },
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'inherit',
    })
    const reading = new Reading(child)
    try {
      reading.#tell(plan)
      await reading.#until('ready', {})
      return reading
    } catch (error) {
      reading.close()
      throw error
    }
  }

  get pid(): number {
    return this.#child.pid
  }

  /** @param startAtMs  when the first is due; left out: at once. */
  async run(hooks: ReadHooks, startAtMs = nowMs() + LEAD_MS): Promise<ReadReport> {
    const start: ReadStart = { startAtMs }
    this.#tell(start)
    const news = await this.#until('report', hooks)
    await this.#child.exited
    return news.report
  }

  /** Whether or not it has run. */
  close(): void {
    this.#child.kill()
  }

  #tell(line: ReadPlan | ReadStart): void {
    this.#child.stdin.write(`${JSON.stringify(line)}\n`)
    this.#child.stdin.flush()
  }

  async #until<K extends ReadNews['kind']>(kind: K, hooks: ReadHooks): Promise<Extract<ReadNews, { kind: K }>> {
    for (;;) {
      const { value, done } = await this.#news.next()
      if (done) throw new NoResultError('the process that reads has ended before its time')
      if (value.kind === 'unreachable') throw new NoResultError(`it cannot be read: ${value.why}`)
      if (value.kind === 'metered') hooks.onMetered?.()
      if (value.kind === 'ended') hooks.onEnded?.()
      if (isKind(value, kind)) return value
    }
  }
}

function isKind<K extends ReadNews['kind']>(news: ReadNews, kind: K): news is Extract<ReadNews, { kind: K }> {
  return news.kind === kind
}

async function* newsOf(child: Child): AsyncGenerator<ReadNews, undefined> {
  let held = ''
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (held + text).split('\n')
    held = lines.pop() ?? ''
    // Written by `child.ts`, which knows the same types.
    for (const line of lines) yield JSON.parse(line) as ReadNews
  }
  return undefined
}
