import { expect, test } from 'bun:test'
import { ROOT_CONTEXT, type SpanContext, SpanKind, trace } from '@opentelemetry/api'
import { SamplingDecision } from '@opentelemetry/sdk-trace-base'
import { LinkedSampler, samplerOf } from './sampler.ts'

const context = (traceFlags: number): SpanContext => ({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags })

/** Of a thousand traces, spread evenly. */
function followed(
  env: Record<string, string>,
  parent: SpanContext | null = null,
  linked: SpanContext | null = null,
): number {
  const sampler = new LinkedSampler(samplerOf(env))
  const within = parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent)
  const links = linked === null ? [] : [{ context: linked }]
  let count = 0
  for (let i = 0; i < 1_000; i++) {
    const traceId = Math.floor((i / 1_000) * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
      .padEnd(32, '0')
    const { decision } = sampler.shouldSample(within, traceId, 'x', SpanKind.INTERNAL, {}, links)
    if (decision === SamplingDecision.RECORD_AND_SAMPLED) count++
  }
  return count
}

test('a tenth of what nobody has decided about, or as the variables say', () => {
  expect(followed({})).toBeWithin(90, 111)
  expect(followed({ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5' })).toBeWithin(
    490,
    511,
  )
  expect(followed({ OTEL_TRACES_SAMPLER: 'always_on' })).toBe(1_000)
  expect(followed({ OTEL_TRACES_SAMPLER: 'parentbased_always_off' })).toBe(0)
  expect(followed({ OTEL_TRACES_SAMPLER: 'nonsense', OTEL_TRACES_SAMPLER_ARG: 'much' })).toBeWithin(90, 111)
})

test('who is in front decides', () => {
  expect(followed({}, context(1))).toBe(1_000)
  expect(followed({}, context(0))).toBe(0)
})

test('what links to a trace that is followed is followed', () => {
  const off = { OTEL_TRACES_SAMPLER: 'parentbased_always_off' }
  expect(followed(off, null, context(1))).toBe(1_000)
  expect(followed(off, null, context(0))).toBe(0)
})
