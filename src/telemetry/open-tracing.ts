/**
 * Traces by OpenTelemetry, over OTLP. Loaded only where somebody wants them (`tracing-settings.ts`): each thread makes its own
 * spans and sends them itself, in batches, and drops what the collector does not take. Where it goes, with which headers, and how
 * large batches are is for the standard's variables, which the libraries read themselves.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { DiagLogLevel, diag } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { Clock } from '../actors/runtime/ports.ts'
import type { RequestTracer, TraceContext, TurnTracer } from '../actors/runtime/tracing.ts'
import { requestTracer } from './request-tracer.ts'
import { LinkedSampler, samplerOf } from './sampler.ts'
import { turnTracer } from './turn-tracer.ts'

export interface TracingOptions {
  /** Null: a node without others. */
  readonly node: string | null
  readonly thread: number | 'gateway'
  readonly version: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  /** Why spans do not arrive. */
  readonly onTrouble: (sentence: string) => void
}

export interface Tracing {
  readonly turns: TurnTracer
  readonly requests: RequestTracer
  /** Sends what is left, within a bound: no collector holds up the end of a node. */
  close(): Promise<void>
}

const CLOSE_MAX_MS = 2_000
/** A collector that is away is away for each batch. */
const TROUBLE_EVERY_MS = 60_000

export function openTracing(options: TracingOptions): Tracing {
  const { env, clock, version } = options
  tellTrouble(options)
  const provider = new BasicTracerProvider({
    resource: resourceOf(options),
    sampler: new LinkedSampler(samplerOf(env)),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  })
  const tracer = provider.getTracer('waggle', version)
  return {
    turns: turnTracer(tracer),
    requests: requestTracer(tracer, new AsyncLocalStorage<TraceContext>()),
    close: () => within(CLOSE_MAX_MS, clock, provider.shutdown()),
  }
}

/** `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` have the last word. */
function resourceOf({ node, thread, version }: TracingOptions) {
  const own = resourceFromAttributes({
    'service.name': 'waggle',
    'service.version': version,
    ...(node === null ? {} : { 'service.instance.id': node }),
    'waggle.thread': `${thread}`,
  })
  return defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [envDetector] }))
}

function tellTrouble({ onTrouble, clock }: TracingOptions): void {
  let toldAtMs = Number.NEGATIVE_INFINITY
  const tell = (...said: readonly unknown[]) => {
    const nowMs = clock.nowMs()
    if (nowMs - toldAtMs < TROUBLE_EVERY_MS) return
    toldAtMs = nowMs
    onTrouble(`traces: ${said.map(String).join(' ').slice(0, SAID_CHARS_MAX)}`)
  }
  const silent = () => {}
  diag.setLogger({ error: tell, warn: tell, info: silent, debug: silent, verbose: silent }, DiagLogLevel.WARN)
}

const SAID_CHARS_MAX = 500

/** What fails here was told by {@link tellTrouble}. */
function within(maxMs: number, clock: Clock, ends: Promise<void>): Promise<void> {
  return new Promise(resolve => {
    const cancel = clock.after(maxMs, resolve)
    const settle = () => {
      cancel()
      resolve()
    }
    ends.then(settle, settle)
  })
}
