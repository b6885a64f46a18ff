/**
 * What the log says of requests. Thousands of positions a second are not a line each: what went well is told on level `debug`
 * alone; from `info` on only what failed on our side, and what was slow. And of those so many a second at most: an overload
 * answers thousands of 503 a second, and writing each down would be the rest of it. How many were left out is told with the next.
 *
 * A line names the route and not the path, the role and not who: ids that callers choose may be telephone numbers.
 */
import type { Log, LogFields, LogLevel } from '../actors/runtime/log.ts'
import type { Clock, Random } from '../actors/runtime/ports.ts'
import { REQUEST_ID, requestIdOf } from './request-id.ts'

/** Longer than any request should take, and well below the time-outs. */
const SLOW_MS = 1_000
const LINES_PER_S_MAX = 20

/** One request on its way. What is known of it is filled in as it becomes known. */
export interface RequestNote {
  readonly requestId: string
  readonly sinceMs: number
  role: string | null
  /** Of a problem document. */
  code: string | null
  /** Where the request is followed. */
  traceId: string | null
}

export interface RequestLogDeps {
  readonly log: Log
  readonly clock: Pick<Clock, 'nowMs'>
  readonly random: Random
}

export class RequestLog {
  readonly #deps: RequestLogDeps
  readonly #isTellingAll: boolean
  #second = 0
  #lines = 0
  #leftOut = 0

  constructor(deps: RequestLogDeps) {
    this.#deps = deps
    this.#isTellingAll = deps.log.isOn('debug')
  }

  begin(request: Request): RequestNote {
    const { random, clock } = this.#deps
    return { requestId: requestIdOf(request, random), sinceMs: clock.nowMs(), role: null, code: null, traceId: null }
  }

  /** @returns how long it took. */
  end(note: RequestNote, where: string, response: Response | undefined): number {
    const tookMs = Math.max(0, this.#deps.clock.nowMs() - note.sinceMs)
    const status = response?.status ?? SWITCHING
    response?.headers.set(REQUEST_ID, note.requestId)
    if (status >= 500) this.#tell('warn', 'request failed', { note, where, status, tookMs })
    else if (tookMs >= SLOW_MS) this.#tell('warn', 'slow request', { note, where, status, tookMs })
    else if (this.#isTellingAll) this.#say('debug', 'request', fieldsOf({ note, where, status, tookMs }))
    return tookMs
  }

  #tell(level: LogLevel, sentence: string, told: Told): void {
    const second = Math.floor(this.#deps.clock.nowMs() / 1_000)
    if (second !== this.#second) {
      this.#second = second
      this.#lines = 0
    }
    if (this.#lines >= LINES_PER_S_MAX) {
      this.#leftOut++
      return
    }
    this.#lines++
    const leftOut = this.#leftOut === 0 ? {} : { left_out: this.#leftOut }
    this.#leftOut = 0
    this.#say(level, sentence, { ...fieldsOf(told), ...leftOut })
  }

  #say(level: LogLevel, sentence: string, fields: LogFields): void {
    this.#deps.log.at(sentence, { level, fields })
  }
}

const SWITCHING = 101

interface Told {
  readonly note: RequestNote
  readonly where: string
  readonly status: number
  readonly tookMs: number
}

function fieldsOf({ note: { requestId, role, code, traceId }, where, status, tookMs }: Told): LogFields {
  return {
    request_id: requestId,
    route: where,
    status,
    duration_ms: tookMs,
    ...(role === null ? {} : { role }),
    ...(code === null ? {} : { code }),
    ...(traceId === null ? {} : { trace_id: traceId }),
  }
}
