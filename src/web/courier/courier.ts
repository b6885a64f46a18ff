/**
 * A courier at work: the reducer with everything around it. Events go in one after the other; what they ask is asked here, and what follows from the
 * state (socket, receiver, screen, alarm) is brought about after each.
 */
import { signal } from '@preact/signals'
import { Alarm } from './alarm.ts'
import { Api } from './api.ts'
import { askErrand, isAccessOver, readAll } from './asker.ts'
import type { CourierEvent, Effect, Heard, Now, Tap } from './core/events.ts'
import { currentJob } from './core/jobs.ts'
import { needsOf } from './core/needs.ts'
import { reduce } from './core/reduce.ts'
import { latestServerMs, offsetMs, type Sample, type ServerClock, sampled } from './core/server-clock.ts'
import { isDead } from './core/silence.ts'
import { type CourierState, type Errand, initialState, restored, resumed } from './core/state.ts'
import { isWorthKeeping } from './core/worth-keeping.ts'
import { Desk } from './desk.ts'
import type { PlaceSource, PlaceWatcher } from './geolocation.ts'
import { keepClock, keepToken, keepWork, keptClock, keptWork } from './keep.ts'
import { Line, type StreamMessage, streamAddress } from './line.ts'
import { readSettings } from './node-settings.ts'
import { listenToPhone } from './phone-events.ts'
import { Positions } from './positions.ts'
import { type LeaveSeat, takeSeat } from './seat.ts'
import { WakeLock } from './wake-lock.ts'

const TICK_MS = 500
const READ_AGAIN_MS = 3_000

export interface CourierOptions {
  readonly driverId: string
  readonly token: string
  /** Instead of the phone's own. */
  readonly source?: (watcher: PlaceWatcher) => PlaceSource
}

export class Courier {
  readonly driverId: string
  readonly state
  readonly positions: Positions
  readonly alarm = new Alarm()
  /** Of the node, rather late than early; twice a second. */
  readonly serverMs
  #token: string
  #clock: ServerClock = keptClock()
  readonly #api: Api
  readonly #desk: Desk
  readonly #line: Line
  readonly #wakeLock = new WakeLock()
  #ticker: ReturnType<typeof setInterval> | null = null
  readonly #stopListening: () => void
  #leaveSeat: LeaveSeat = () => undefined
  #isOver = false

  constructor({ driverId, token, source }: CourierOptions) {
    this.driverId = driverId
    this.#token = token
    const kept = keptWork(driverId)
    this.state = signal<CourierState>(kept === null ? initialState(driverId) : restored(kept))
    this.serverMs = signal(latestServerMs(this.#clock, Date.now()))
    this.#api = new Api(
      () => this.#token,
      sample => this.#sampled(sample),
    )
    this.#desk = new Desk(what => askErrand(this.#api, driverId, what))
    this.#line = new Line(() => streamAddress(driverId, this.#token), {
      changed: state => this.#linkChanged(state),
      heard: message => this.#heard(message),
      lost: code => void this.#lineLost(code),
    })
    this.positions = new Positions(
      {
        clock: () => this.#clock,
        orderId: () => currentJob(this.state.value)?.order.order_id ?? null,
        stored: () => this.dispatch({ kind: 'position_stored' }),
      },
      this.#line,
      source,
    )
    this.#stopListening = listenToPhone({
      hurried: () => this.#hurried(),
      cut: () => this.#line.restart(),
      touched: () => this.alarm.unlock(),
    })
  }

  start(): void {
    void this.#readSettings()
    this.sit('if_free')
    this.#ticker = setInterval(() => this.#tick(), TICK_MS)
  }

  sit(how: 'if_free' | 'anyway'): void {
    this.#leaveSeat()
    this.#leaveSeat = takeSeat(
      {
        held: () => void this.#seated(),
        lost: () => this.#unseated(),
      },
      how,
    )
  }

  tap(tap: Tap): void {
    this.dispatch({ kind: 'tap', tap })
  }

  /** Another credential of the same driver: what waits is said with it. */
  renew(token: string): void {
    this.#token = token
    keepToken(token)
    this.dispatch({ kind: 'access', state: 'good' })
  }

  /** Nothing of it goes on; what is kept is not its to remove. */
  end(): void {
    this.#isOver = true
    if (this.#ticker !== null) clearInterval(this.#ticker)
    this.#stopListening()
    this.#line.stop()
    this.positions.close()
    this.#wakeLock.want(false)
    this.alarm.ring(false)
    this.#leaveSeat()
  }

  /** The last that is asked. @returns whether the node knows that this driver works no more. */
  goOffline(): Promise<boolean> {
    return this.#desk.leave()
  }

  /** Signed out by another tab, which has told the node. */
  async signedOutElsewhere(): Promise<void> {
    this.end()
    await this.#desk.repeatLastWord()
  }

  /** The same driver works here again: nothing more is said for this one. */
  succeeded(): void {
    this.#desk.succeeded()
  }

  dispatch(event: CourierEvent): void {
    if (this.#isOver) return
    const before = this.state.value
    const now = this.#now()
    // An offer that has just come is not counted by the last tick.
    this.serverMs.value = now.serverMs
    const { state, effects } = reduce(before, event, now)
    if (state !== before) {
      this.state.value = state
      // Whoever has lost the seat writes over nothing of the one who has it.
      if (state.seat === 'held' && isWorthKeeping(before, state) && !keepWork(state))
        this.positions.isKept.value = false
    }
    for (const effect of effects) this.#bringAbout(effect)
    this.#meetNeeds()
  }

  #now(): Now {
    const localMs = Date.now()
    return { localMs, serverMs: latestServerMs(this.#clock, localMs) }
  }

  #bringAbout(effect: Effect): void {
    switch (effect.kind) {
      case 'ask':
        void this.#ask(effect.errand)
        return
      case 'read':
        void this.#read(effect.atTurn)
        return
      case 'buzz':
        this.alarm.buzz(effect.tone)
    }
  }

  #meetNeeds(): void {
    const { line, positions, screenOn, ring } = needsOf(this.state.value)
    if (line) this.#line.start()
    else if (this.state.value.link !== 'off') this.#line.stop()
    this.positions.work(positions === 'none' ? null : positions)
    this.#wakeLock.want(screenOn)
    this.alarm.ring(ring)
  }

  async #ask({ id, what }: Errand): Promise<void> {
    const outcome = await this.#desk.ask(what)
    if (outcome !== null) this.dispatch({ kind: 'answered', errandId: id, outcome })
  }

  async #read(atTurn: number): Promise<void> {
    const result = await readAll(this.#api, this.driverId, atTurn)
    if (result === 'unauthorized') this.dispatch({ kind: 'access', state: 'refused' })
    else if (result !== null) this.dispatch({ kind: 'read', result })
    else setTimeout(() => this.#readAgain(), READ_AGAIN_MS)
  }

  #readAgain(): void {
    const { link, turn, access } = this.state.value
    if (!this.#isOver && link === 'open' && access === 'good') void this.#read(turn)
  }

  #linkChanged(state: CourierState['link']): void {
    if (state === 'open') this.positions.lineOpened()
    if (this.state.value.link !== state) this.dispatch({ kind: 'link', state })
  }

  /** As the document of sockets has it; the node is trusted to keep to it. */
  #heard(message: StreamMessage): void {
    if (this.positions.heard(message)) return
    switch (message.type) {
      case 'offer':
      case 'offer_revoked':
      case 'assignment':
      case 'order_cancelled':
        this.dispatch({ kind: 'heard', message: message as unknown as Heard })
    }
  }

  async #lineLost(code: number): Promise<void> {
    if (await isAccessOver(this.#api, this.driverId, code)) this.dispatch({ kind: 'access', state: 'refused' })
  }

  /** After another tab had the seat, state and positions are as that tab has left them. */
  async #seated(): Promise<void> {
    if (this.#isOver || !(await this.positions.open())) return
    const kept = keptWork(this.driverId)
    if (kept !== null) this.state.value = resumed(this.state.value, kept)
    this.dispatch({ kind: 'seat', state: 'held' })
  }

  #unseated(): void {
    this.dispatch({ kind: 'seat', state: 'elsewhere' })
    this.positions.leave()
  }

  #tick(): void {
    const nowMs = Date.now()
    const { heardAtMs, isOpen } = this.#line
    if (isOpen && isDead({ nowMs, heardAtMs, dueSinceMs: this.positions.dueSinceMs })) this.#line.restart()
    if (this.state.value.seat === 'held') this.positions.tick(nowMs)
    this.dispatch({ kind: 'tick' })
  }

  #hurried(): void {
    this.#line.hurry()
    this.dispatch({ kind: 'online' })
  }

  #sampled(sample: Sample): void {
    this.#clock = sampled(this.#clock, sample)
    keepClock(offsetMs(this.#clock))
  }

  async #readSettings(): Promise<void> {
    const settings = await readSettings(this.#api)
    if (settings?.staleMs) this.positions.staleMs = settings.staleMs
  }
}
