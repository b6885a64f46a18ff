/**
 * Traces, as the runtime knows them: which place in a trace a message comes from, and what a turn tells of itself. Whoever
 * implements this knows how spans are made and where they go; where traces are off there is no tracer, and nothing is asked.
 *
 * An order lives for minutes and its turns come from many sides: requests, the solver's windows, drivers, timers. Each of
 * these is a trace of its own, and each links to the trace in which the order was placed, where that is followed. What waits in
 * a batch of many (a matching cell's window, the history of positions) has no one origin and is not followed into it.
 */
/** As W3C writes it: `00-<trace id>-<span id>-01`. Those that are not sampled are not passed on at all. */
export type TraceContext = string

export function traceIdOf(context: TraceContext): string {
  return context.slice(3, 35)
}

export interface TurnOrigin {
  /** Its kind. */
  readonly actor: string
  readonly id: string
  readonly shard: number
  /** The kind of its message. */
  readonly message: string
  /** Where the message comes from; null: from nobody who is followed. */
  readonly parent: TraceContext | null
  /** Where the actor was placed. */
  readonly placedIn: TraceContext | null
}

export interface TurnSpan {
  /** For what the turn sends. */
  readonly context: TraceContext
  /** It goes to the record. */
  submitted(): void
  /** The record has answered. */
  settled(outcome: string): void
  end(): void
  failed(error: unknown): void
}

export interface TurnTracer {
  turn(origin: TurnOrigin): TurnSpan
}

export interface TracedRequest {
  readonly method: string
  /** The pattern of its path. */
  readonly route: string
  readonly requestId: string
  /** Of ours: those that callers choose may be telephone numbers. */
  readonly orderId: string | null
  /** The caller's `traceparent`. */
  readonly traceparent: string | null
}

export interface RequestTracer {
  /** @param run  is told its place; null where this request is not followed. */
  request<R extends { readonly status: number } | undefined>(
    request: TracedRequest,
    run: (context: TraceContext | null) => Promise<R>,
  ): Promise<R>
  /** Of what runs now, also after it has waited for something. */
  current(): TraceContext | null
}
