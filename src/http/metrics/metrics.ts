/** What the edge counts. Plain numbers that hot paths add to; {@link exposition} turns them into text. */
import type { SettledResult } from '../../actors/gateway.ts'
import { Histogram, LATENCY_BOUNDS_S } from '../../actors/runtime/histogram.ts'

export type SocketKind = 'stream' | 'live' | 'order_location'

/** Responses of one route: by status, and how long they took. */
export class RouteCounter {
  readonly method: string
  readonly route: string
  readonly byStatus = new Map<number, number>()
  readonly tookS = new Histogram(LATENCY_BOUNDS_S)

  constructor(method: string, route: string) {
    this.method = method
    this.route = route
  }

  count(status: number, tookMs: number): void {
    this.tookS.observeMs(tookMs)
    this.byStatus.set(status, (this.byStatus.get(status) ?? 0) + 1)
  }
}

export class Metrics {
  readonly routes: RouteCounter[] = []
  readonly positions: Record<SettledResult | 'invalid', number> = {
    committed: 0,
    late: 0,
    duplicate: 0,
    implausible_jump: 0,
    unknown_driver: 0,
    dead: 0,
    overloaded: 0,
    invalid: 0,
  }
  readonly socketsOpen: Record<SocketKind, number> = { stream: 0, live: 0, order_location: 0 }
  readonly socketsOpened: Record<SocketKind, number> = { stream: 0, live: 0, order_location: 0 }
  /** Live messages handed to sockets · kept back from a slow reader and replaced by a newer one · told as gaps. */
  liveSent = 0
  liveDropped = 0
  liveGaps = 0
  /** Messages for a driver's own connection. */
  phoneSent = 0
  /** Those for which no connection of the driver was open here. */
  phoneUnheard = 0
  framesReceived = 0
  frameErrors = 0
  unexpectedErrors = 0

  route(method: string, path: string): RouteCounter {
    const counter = new RouteCounter(method, path)
    this.routes.push(counter)
    return counter
  }

  opened(kind: SocketKind): void {
    this.socketsOpen[kind]++
    this.socketsOpened[kind]++
  }

  closed(kind: SocketKind): void {
    this.socketsOpen[kind]--
  }

  get socketsOpenTotal(): number {
    const { stream, live, order_location } = this.socketsOpen
    return stream + live + order_location
  }
}
