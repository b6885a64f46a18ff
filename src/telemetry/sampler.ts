/**
 * Which requests are followed: a tenth of those that nobody else has decided about, unless `OTEL_TRACES_SAMPLER` says otherwise. At thousands
 * of positions a second each of them would be most of the work. What links to a trace that is followed is followed, too: else
 * nine of ten steps of an order's life would be missing.
 */
import { type Attributes, type Context, type Link, type SpanKind, TraceFlags } from '@opentelemetry/api'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  type SamplingResult,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base'

const DEFAULT_RATIO = 0.1

type Environment = Readonly<Record<string, string | undefined>>

/** A name or a number that is none is as if it was not set: for traces alone no node stays down. */
export function samplerOf(env: Environment): Sampler {
  const byRatio = new TraceIdRatioBasedSampler(ratioOf(env.OTEL_TRACES_SAMPLER_ARG))
  switch (env.OTEL_TRACES_SAMPLER?.trim().toLowerCase()) {
    case 'always_on':
      return new AlwaysOnSampler()
    case 'always_off':
      return new AlwaysOffSampler()
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() })
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() })
    case 'traceidratio':
      return byRatio
    default:
      return new ParentBasedSampler({ root: byRatio })
  }
}

function ratioOf(text: string | undefined): number {
  const ratio = Number(text?.trim() || DEFAULT_RATIO)
  return ratio >= 0 && ratio <= 1 ? ratio : DEFAULT_RATIO
}

export class LinkedSampler implements Sampler {
  readonly #otherwise: Sampler

  constructor(otherwise: Sampler) {
    this.#otherwise = otherwise
  }

  shouldSample(
    context: Context,
    traceId: string,
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): SamplingResult {
    const isLinked = links.some(link => (link.context.traceFlags & TraceFlags.SAMPLED) !== 0)
    if (isLinked) return { decision: SamplingDecision.RECORD_AND_SAMPLED }
    return this.#otherwise.shouldSample(context, traceId, name, kind, attributes, links)
  }

  toString(): string {
    return `Linked(${this.#otherwise.toString()})`
  }
}
