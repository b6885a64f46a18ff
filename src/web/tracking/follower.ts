/**
 * The line to the node. A read says how everything stands; then the live topic of the order says what changes. The topic's own way to
 * resume is to subscribe anew, which is answered with how the order stands now: that is done after each new connection, after a `gap`,
 * and wherever a number is missing. A snapshot has no position in it, so a read follows it.
 *
 * What goes wrong: the socket ends (tried again, later each time, with jitter), is never let through (then the order is read every
 * few seconds), or is dead without anybody having said so (then it does not answer when it is asked); the link ends (only a read says
 * so: a browser does not tell why a socket was refused); the node has no record for a while (503: what is shown stays, and is called
 * old). One read is under way at a time. When the order is over it is read once more, and the line is closed.
 */
import { isEnded } from '../../domain/order-lifecycle.ts'
import { retryDelayMs } from './backoff.ts'
import type { Link } from './link.ts'
import type { Line } from './texts.ts'
import type { LiveFix, TrackedOrder, TrackingView } from './tracked.ts'

/** What the link was answered, wherever that was read. */
export interface LinkAnswer {
  readonly status: number
  readonly body: unknown
}

export interface Listener {
  onView(view: TrackingView, servedAtMs: number | null): void
  onOrder(order: TrackedOrder): void
  onFix(fix: LiveFix): void
  onLine(line: Line): void
}

export interface FollowerOptions {
  readonly origin: string
  readonly link: Link
  readonly listener: Listener
  /** The device has no network at all. */
  readonly isOffline: () => boolean
  /** Nobody looks. */
  readonly isHidden: () => boolean
  /** Whoever pays by the megabyte is asked for less. */
  readonly isSaving: boolean
  readonly times?: Partial<Times>
}

export interface Times {
  readonly openMaxMs: number
  readonly readMaxMs: number
  readonly readEveryMs: number
  readonly silentMaxMs: number
  readonly probeMaxMs: number
  readonly tickMs: number
  readonly gapSpreadMs: number
}

const TIMES: Times = {
  openMaxMs: 10_000,
  readMaxMs: 10_000,
  /** Where sockets do not get through. A link may read 120 times a minute, with all who hold it behind one address. */
  readEveryMs: 10_000,
  /** Then the socket is asked whether it still is one. */
  silentMaxMs: 20_000,
  probeMaxMs: 8_000,
  tickMs: 1_000,
  /** A node that has missed something tells all links at once; they do not all ask at once. What it knows of the order it tells by itself. */
  gapSpreadMs: 5_000,
}
const SAVING_FACTOR = 3
/** A hidden page is read for its title alone. */
const HIDDEN_FACTOR = 6
/** A page that is looked at again asks whether its line still is one, unless it has just heard something. */
const FRESH_MS = 3_000
/** A connection that ends sooner was none: the next try waits as if it had failed. */
const SETTLED_MS = 10_000
/** So often the socket is tried before the page says that it manages without. */
const TRIES_SILENT = 2
const RETRY_AFTER_MAX_S = 60
const RETRY_TOPIC_MS = 5_000
const GONE = [401, 403, 404]

export class Follower {
  readonly #options: FollowerOptions
  readonly #times: Times
  #socket: WebSocket | null = null
  #line: Line = 'connecting'
  #failures = 0
  #isReading = false
  #isOver = false
  #isStopped = false
  #heardAtMs = 0
  #probedAtMs: number | null = null
  #openedAtMs = 0
  #connectAtMs = 0
  #readNextMs = 0
  /** What the node has asked for: no read is sooner, whatever happens to the line. */
  #heldUntilMs = 0
  #resubscribeAtMs: number | null = null
  #driverId: string | null = null
  /** Of the topic's last message; null until it is subscribed to. */
  #seq: number | null = null
  #ticking: ReturnType<typeof setInterval> | null = null

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#times = { ...TIMES, ...options.times }
  }

  /** @param first  what the page came with; null: nothing yet. */
  start(first: LinkAnswer | null): void {
    if (first === null || !this.#takeAnswer(first, null)) void this.#read()
    if (this.#isStopped) return
    this.#ticking = setInterval(() => this.#tick(), this.#times.tickMs)
    this.#connect()
  }

  /** The page is looked at again, or the device has a network again: nobody waits for the end of a pause. */
  wake(): void {
    if (this.#ticking === null) return
    if (this.#line === 'live') {
      if (Date.now() - this.#heardAtMs > FRESH_MS) this.#probe()
      return
    }
    this.#readNextMs = 0
    this.#connectAtMs = 0
    this.#tick()
  }

  /** The device has lost its network: said at once, not when the socket has noticed. */
  offline(): void {
    if (this.#ticking !== null) this.#lost()
  }

  stop(): void {
    this.#isStopped = true
    if (this.#ticking !== null) clearInterval(this.#ticking)
    this.#ticking = null
    this.#drop()
  }

  /** Everything that waits, waits for this: one clock, so that nothing is left behind when the page is over. */
  #tick(): void {
    const nowMs = Date.now()
    if (this.#socket === null && !this.#isOver && nowMs >= this.#connectAtMs) this.#connect()
    if (this.#isOpening && nowMs - this.#openedAtMs > this.#times.openMaxMs) this.#lost()
    if (this.#probedAtMs !== null && nowMs - this.#probedAtMs > this.#times.probeMaxMs) this.#lost()
    else if (this.#isOpen && nowMs - this.#heardAtMs > this.#times.silentMaxMs) this.#probe()
    if (this.#resubscribeAtMs !== null && nowMs >= this.#resubscribeAtMs) this.#subscribe()
    if (this.#line !== 'live' && nowMs >= Math.max(this.#readNextMs, this.#heldUntilMs)) void this.#read()
  }

  get #isOpening(): boolean {
    return this.#socket?.readyState === WebSocket.CONNECTING
  }

  get #isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN
  }

  #connect(): void {
    const { origin, link } = this.#options
    const socket = new WebSocket(`${origin.replace(/^http/, 'ws')}/v1/live?token=${link.token}`)
    this.#socket = socket
    this.#openedAtMs = Date.now()
    socket.onopen = () => {
      this.#heardAtMs = Date.now()
      this.#subscribe()
    }
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(String(data)))
    socket.onclose = () => this.#lost()
  }

  /** Without an answer it is asked for again, but not soon: each asking lets the one before go by. */
  #subscribe(): void {
    this.#resubscribeAtMs = Date.now() + this.#times.silentMaxMs
    this.#seq = null
    this.#send({ type: 'subscribe', topics: [`order:${this.#options.link.orderId}`] })
  }

  #send(message: object): void {
    if (this.#isOpen) this.#socket?.send(JSON.stringify(message))
  }

  /** A topic that is not watched is answered at once, and costs the node nothing: what a ping would be, if browsers had one. */
  #probe(): void {
    if (this.#probedAtMs !== null) return
    this.#probedAtMs = Date.now()
    this.#send({ type: 'unsubscribe', topics: ['probe'] })
  }

  #hear(message: Heard): void {
    this.#heardAtMs = Date.now()
    this.#probedAtMs = null
    switch (message.type) {
      case 'subscribed':
        this.#subscribed(message)
        return
      case 'order':
      case 'location':
        this.#update(message)
        return
      case 'gap':
        this.#resubscribeAtMs = Date.now() + Math.random() * this.#times.gapSpreadMs
        return
      case 'error':
        this.#refused(message.code)
    }
  }

  #subscribed({ seq, snapshot }: Heard & { type: 'subscribed' }): void {
    this.#seq = seq
    this.#resubscribeAtMs = null
    this.#say('live')
    this.#takeOrder(snapshot)
    // Also where one was read a moment ago: a position between that and the subscription was told to nobody.
    if (!this.#isOver) void this.#read()
  }

  #update(message: Heard & { type: 'order' | 'location' }): void {
    // Of a subscription that another one has taken the place of: the snapshot that is under way has it.
    if (this.#seq === null) return
    const isMissing = message.seq > this.#seq + 1
    this.#seq = Math.max(this.#seq, message.seq)
    if (message.type === 'location') this.#options.listener.onFix(message.data)
    else this.#takeOrder(message.data)
    if (isMissing && !this.#isOver) this.#subscribe()
  }

  /** Where a new driver is, is known before it moves: a read says so. */
  #takeOrder(order: TrackedOrder): void {
    const driverId = order.driver?.driver_id ?? null
    const isNewDriver = driverId !== null && driverId !== this.#driverId
    this.#driverId = driverId
    this.#options.listener.onOrder(order)
    if (isEnded(order.status)) this.#finish()
    else if (isNewDriver) void this.#read()
  }

  /** Of the topic: the link is over, or the record does not answer. A read says which. */
  #refused(code: string): void {
    this.#seq = null
    if (code === 'not_found' || code === 'forbidden') this.#readNextMs = 0
    this.#say('connecting')
    this.#resubscribeAtMs = Date.now() + RETRY_TOPIC_MS
  }

  #lost(): void {
    const nowMs = Date.now()
    const wasSettled = this.#line === 'live' && nowMs - this.#openedAtMs > SETTLED_MS
    this.#failures = wasSettled ? 0 : this.#failures + 1
    const delayMs = retryDelayMs(wasSettled ? 0 : this.#failures - 1, Math.random())
    this.#drop()
    this.#connectAtMs = nowMs + delayMs
    // Soon, but not all at once where a node has ended under many.
    this.#readNextMs = Math.min(Math.max(this.#readNextMs, nowMs), nowMs + delayMs)
    if (this.#isOver) return
    // A further try that fails is no news: what the reads say of the line stands.
    if (this.#options.isOffline()) this.#say('offline')
    else if (this.#line === 'live') this.#say('connecting')
  }

  #drop(): void {
    const socket = this.#socket
    this.#socket = null
    this.#seq = null
    this.#probedAtMs = null
    this.#resubscribeAtMs = null
    if (socket === null) return
    socket.onopen = null
    socket.onmessage = null
    socket.onclose = null
    socket.close()
  }

  async #read(): Promise<void> {
    if (this.#isReading) return
    this.#isReading = true
    this.#readNextMs = Date.now() + this.#readEveryMs
    try {
      const { response, body } = await this.#ask()
      if (this.#isStopped) return
      const served = Date.parse(response.headers.get('date') ?? '')
      this.#takeAnswer({ status: response.status, body }, Number.isNaN(served) ? null : served)
      const retryS = Number(response.headers.get('retry-after') ?? 0)
      if (retryS > 0) this.#heldUntilMs = Date.now() + Math.min(retryS, RETRY_AFTER_MAX_S) * 1_000 * (1 + Math.random())
    } catch (error) {
      // Whatever it was (no network, no name, no answer in time, no JSON): there is none, and another one is asked for.
      if (!(error instanceof Error)) throw error
      if (!this.#isStopped) this.#unread()
    } finally {
      this.#isReading = false
    }
  }

  async #ask(): Promise<{ response: Response; body: unknown }> {
    const { origin, link } = this.#options
    const response = await fetch(`${origin}/v1/orders/${link.orderId}/driver-location`, {
      headers: { authorization: `Bearer ${link.token}`, accept: 'application/json' },
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(this.#times.readMaxMs),
    })
    return { response, body: await response.json() }
  }

  get #readEveryMs(): number {
    const { isSaving, isHidden } = this.#options
    return this.#times.readEveryMs * (isHidden() ? HIDDEN_FACTOR : isSaving ? SAVING_FACTOR : 1)
  }

  /** @returns whether it said how the order stands, or that it never will. */
  #takeAnswer({ status, body }: LinkAnswer, servedAtMs: number | null): boolean {
    if (GONE.includes(status)) {
      this.#say('gone')
      this.stop()
      return true
    }
    if (status !== 200) {
      this.#unread()
      return false
    }
    // Of our own node: its schema is what the page was made for.
    const view = body as TrackingView
    this.#driverId = view.driver?.driver_id ?? null
    this.#options.listener.onView(view, servedAtMs)
    if (isEnded(view.status)) this.#end()
    else if (this.#line !== 'live') this.#say(this.#failures >= TRIES_SILENT ? 'asking' : 'connecting')
    return true
  }

  #unread(): void {
    if (this.#line !== 'live') this.#say(this.#options.isOffline() ? 'offline' : 'unreachable')
  }

  /** The live topic has said that it is over: how, and since when, says one more read. */
  #finish(): void {
    this.#isOver = true
    this.#drop()
    this.#say('connecting')
    this.#readNextMs = 0
    void this.#read()
  }

  #end(): void {
    this.#isOver = true
    this.#say('over')
    this.stop()
  }

  #say(line: Line): void {
    if (line === this.#line) return
    this.#line = line
    this.#options.listener.onLine(line)
  }
}

type Heard =
  | { readonly type: 'subscribed'; readonly seq: number; readonly snapshot: TrackedOrder }
  | { readonly type: 'order'; readonly seq: number; readonly data: TrackedOrder }
  | { readonly type: 'location'; readonly seq: number; readonly data: LiveFix }
  | { readonly type: 'gap' }
  | { readonly type: 'error'; readonly code: string }
  | { readonly type: 'unsubscribed' }
