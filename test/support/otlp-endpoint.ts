/** Whoever takes traces: an endpoint of OTLP over HTTP with JSON, as collectors have it, that keeps what it was sent. */
import { readTraceparent } from '../../src/telemetry/traceparent.ts'

export interface ReceivedSpan {
  readonly traceId: string
  readonly spanId: string
  /** Empty: a root. */
  readonly parentSpanId: string
  readonly name: string
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly attributes: Readonly<Record<string, unknown>>
  readonly resource: Readonly<Record<string, unknown>>
  readonly startNs: bigint
  readonly endNs: bigint
}

interface KeyValue {
  readonly key: string
  readonly value: { readonly stringValue?: string; readonly intValue?: string | number; readonly boolValue?: boolean }
}

interface WireSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes?: readonly KeyValue[]
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[]
}

interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource?: { readonly attributes?: readonly KeyValue[] }
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[]
  }[]
}

export class OtlpEndpoint {
  readonly spans: ReceivedSpan[] = []
  /** Bodies and headers as they came. */
  readonly raw: string[] = []
  readonly refused: string[] = []
  readonly #server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: request => this.#take(request) })

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`
  }

  stop(): Promise<void> {
    return this.#server.stop(true)
  }

  inTrace(traceId: string): ReceivedSpan[] {
    return this.spans.filter(span => span.traceId === traceId)
  }

  /** Of an order: the traces that have turns of it. */
  ofOrder(orderId: string): ReceivedSpan[] {
    return this.spans.filter(span => span.attributes['waggle.order_id'] === orderId)
  }

  async #take(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    const type = request.headers.get('content-type')
    if (request.method !== 'POST' || pathname !== '/v1/traces' || type !== 'application/json') {
      this.refused.push(`${request.method} ${pathname} ${type}`)
      return new Response(null, { status: 404 })
    }
    const isZipped = request.headers.get('content-encoding') === 'gzip'
    const bytes = new Uint8Array(await request.arrayBuffer())
    const text = new TextDecoder().decode(isZipped ? Bun.gunzipSync(bytes) : bytes)
    this.raw.push(text)
    for (const { resource, scopeSpans } of (JSON.parse(text) as ExportRequest).resourceSpans) {
      const about = valuesOf(resource?.attributes)
      for (const { spans } of scopeSpans) for (const span of spans) this.#keep(span, about)
    }
    return Response.json({ partialSuccess: {} })
  }

  #keep(span: WireSpan, resource: ReceivedSpan['resource']): void {
    const { traceId, spanId, parentSpanId = '', name, links = [], attributes } = span
    // Ids are in hexadecimal in this encoding: what is none is no span.
    if (readTraceparent(`00-${traceId}-${spanId}-01`) === null) throw new Error(`no span: ${JSON.stringify(span)}`)
    const [startNs, endNs] = [BigInt(span.startTimeUnixNano), BigInt(span.endTimeUnixNano)]
    this.spans.push({
      traceId,
      spanId,
      parentSpanId,
      name,
      links,
      attributes: valuesOf(attributes),
      resource,
      startNs,
      endNs,
    })
  }
}

function valuesOf(attributes: readonly KeyValue[] = []): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? value.boolValue ?? null]),
  )
}
