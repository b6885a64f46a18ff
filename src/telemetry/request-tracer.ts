/** Requests as spans. What a handler asks of actors, however much later, is asked within its request's place in the trace. */
import type { AsyncLocalStorage } from 'node:async_hooks'
import { type Span, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api'
import type { RequestTracer, TraceContext, TracedRequest } from '../actors/runtime/tracing.ts'
import { traceparentOf } from './traceparent.ts'
import { contextOf } from './turn-tracer.ts'

const SWITCHING = 101

export function requestTracer(tracer: Tracer, places: AsyncLocalStorage<TraceContext>): RequestTracer {
  return {
    current: () => places.getStore() ?? null,
    request(request, run) {
      const span = startRequest(tracer, request)
      if (!span.isRecording()) return run(null)
      const context = traceparentOf(span.spanContext())
      return places.run(context, () => followed(span, run(context)))
    },
  }
}

function startRequest(tracer: Tracer, { method, route, requestId, orderId, traceparent }: TracedRequest): Span {
  const attributes = {
    'http.request.method': method === 'WS' ? 'GET' : method,
    'http.route': route,
    'waggle.request_id': requestId,
    ...(orderId === null ? {} : { 'waggle.order_id': orderId }),
  }
  return tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, contextOf(traceparent))
}

async function followed<R extends { readonly status: number } | undefined>(span: Span, answer: Promise<R>): Promise<R> {
  try {
    const response = await answer
    const status = response?.status ?? SWITCHING
    span.setAttribute('http.response.status_code', status)
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
    return response
  } finally {
    span.end()
  }
}
