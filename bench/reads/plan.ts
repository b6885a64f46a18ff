/** What the process that reads is told, and what it tells: a plan and a start by its input, a line each; lines of its own by its output. */

export interface ReadPlan {
  readonly url: string
  readonly token: string
  /** Of GET requests, again from the first where there are more requests than these. */
  readonly paths: readonly string[]
  /** One request at a time on each. */
  readonly connections: number
  readonly ratePerS: number
  readonly warmUpS: number
  readonly durationS: number
  /** What is open when the last one was sent is waited for so long. */
  readonly drainMaxS: number
}

/** The only line after the plan: when the first request is due, in Unix milliseconds. */
export interface ReadStart {
  readonly startAtMs: number
}

export interface ReadReport {
  readonly sent: number
  readonly answered: number
  /** Answered otherwise, or the connection broke. */
  readonly failed: number
  /** Still open at the end. They are in the quantiles with the time that they had waited by then: to leave them out would make a slow node look fast. */
  readonly unanswered: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  readonly maxMs: number
  /** How long after its time the process itself came to a request: part of every latency. To wait for an idle connection is the node's part. */
  readonly lateP50Ms: number
  readonly lateP99Ms: number
  readonly lateMaxMs: number
}

export type ReadNews =
  /** All connections are open; it waits for its start. */
  | { readonly kind: 'ready' }
  /** Nobody listens at the address; it ends. */
  | { readonly kind: 'unreachable'; readonly why: string }
  /** From here to the end is the time of which the CPU is counted. */
  | { readonly kind: 'metered' }
  /** The last request was due. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'report'; readonly report: ReadReport }

/** To count CPU time takes some of it: that is spent before what is measured, and so long is counted beside it. */
export const METER_LEAD_MS = 200
