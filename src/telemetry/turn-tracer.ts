/** Turns of actors as spans: one for the turn, and in it one for its wait for the record. */
import {
  type Attributes,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import {
  type TraceContext,
  type TurnOrigin,
  type TurnSpan,
  type TurnTracer,
  traceIdOf,
} from '../actors/runtime/tracing.ts'
import { readTraceparent, traceparentOf } from './traceparent.ts'

export function turnTracer(tracer: Tracer): TurnTracer {
  return { turn: origin => new FollowedTurn(tracer, startTurn(tracer, origin)) }
}

function startTurn(tracer: Tracer, origin: TurnOrigin): Span {
  const { actor, message, parent, placedIn } = origin
  const name = message === 'timer' || message === 'write_refused' ? `${actor}.${message}` : message
  const links = placedIn !== null && !isSameTrace(parent, placedIn) ? linksTo(placedIn) : []
  return tracer.startSpan(
    name,
    { kind: parent === null ? SpanKind.INTERNAL : SpanKind.CONSUMER, attributes: attributesOf(origin), links },
    contextOf(parent),
  )
}

function isSameTrace(parent: TraceContext | null, other: TraceContext): boolean {
  return parent !== null && traceIdOf(parent) === traceIdOf(other)
}

function linksTo(context: TraceContext): Link[] {
  const linked = readTraceparent(context)
  return linked === null ? [] : [{ context: linked, attributes: { 'waggle.link': 'placed' } }]
}

export function contextOf(parent: TraceContext | null) {
  const remote = parent === null ? null : readTraceparent(parent)
  return remote === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, remote)
}

/** Ids of orders and cells are ours; those of drivers may be telephone numbers. */
function attributesOf({ actor, id, shard }: TurnOrigin): Attributes {
  return {
    'waggle.actor': actor,
    'waggle.shard': shard,
    ...(actor === 'order' ? { 'waggle.order_id': id } : {}),
    ...(actor === 'matching' || actor === 'pricing' ? { 'waggle.cell': id } : {}),
  }
}

class FollowedTurn implements TurnSpan {
  readonly #tracer: Tracer
  readonly #span: Span
  readonly context: TraceContext
  #commit: Span | null = null

  constructor(tracer: Tracer, span: Span) {
    this.#tracer = tracer
    this.#span = span
    this.context = traceparentOf(span.spanContext())
  }

  submitted(): void {
    this.#commit = this.#tracer.startSpan(
      'commit',
      { kind: SpanKind.CLIENT, attributes: { 'db.system.name': 'postgresql' } },
      contextOf(this.context),
    )
  }

  settled(outcome: string): void {
    this.#commit?.setAttribute('waggle.outcome', outcome)
    if (outcome === 'unknown' || outcome === 'unavailable') this.#commit?.setStatus({ code: SpanStatusCode.ERROR })
    this.#commit?.end()
    this.#commit = null
  }

  end(): void {
    this.#span.end()
  }

  failed(error: unknown): void {
    this.#commit?.end()
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'error' })
    this.#span.end()
  }
}
