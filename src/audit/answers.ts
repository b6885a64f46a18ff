/**
 * How a driver answers its offers: in the ways that systems get wrong. On time, twice, by two ways, at the last moment, after
 * the time, after a revocation, after its own refusal.
 */
import type { Uniform } from '../domain/ids.ts'
import { weightedIndex } from '../sim/random.ts'
import { type OrderTold, readOrderTold } from './told.ts'
import type { World } from './world.ts'

export interface AnswersOptions {
  readonly world: World
  readonly random: Uniform
  /** On the driver's socket, if there is one. */
  readonly send: (message: object) => void
  readonly onWon: (offerId: string, order: OrderTold) => void
  readonly onDeclined: (offerId: string) => void
}

/** How an offer is answered, and how often in a hundred. */
const STYLES = {
  prompt: 50,
  twice: 12,
  last_moment: 8,
  too_late: 7,
  after_revocation: 5,
  decline: 8,
  decline_then_accept: 4,
  silent: 6,
} as const

type Style = keyof typeof STYLES
type Way = 'socket' | 'http'

const STYLE_NAMES = Object.keys(STYLES) as Style[]
const STYLE_WEIGHTS = STYLE_NAMES.map(style => STYLES[style])

const THINKING_MAX_MS = 400
/** Around the end of an offer's time. */
const LAST_MOMENT_MS = 120
const TOO_LATE_MAX_MS = 1_500
/** So long an answer on a socket is waited for until it is asked again. */
const ANSWER_WAIT_MS = 1_500
const POLL_MS = 25
export class Answers {
  readonly #world: World
  readonly #random: Uniform
  readonly #options: AnswersOptions

  constructor(options: AnswersOptions) {
    this.#options = options
    this.#world = options.world
    this.#random = options.random
  }

  /** By chance while there is load; afterwards at once, so that orders end. */
  answer(offerId: string, expiresAtMs: number): void {
    const drawn = STYLE_NAMES[weightedIndex(this.#random, STYLE_WEIGHTS)] ?? 'prompt'
    const style = this.#world.isLoading ? drawn : 'prompt'
    this.#world.start(this.#play(style, offerId, expiresAtMs))
  }

  async #play(style: Style, offerId: string, expiresAtMs: number): Promise<void> {
    const way: Way = this.#random() < 0.6 ? 'socket' : 'http'
    switch (style) {
      case 'prompt':
        await this.#world.sleep(this.#random() * THINKING_MAX_MS)
        return this.#insist(offerId, way)
      case 'twice':
        await this.#world.sleep(this.#random() * THINKING_MAX_MS)
        await Promise.all([this.#insist(offerId, 'http'), this.#insist(offerId, way), this.#tryOnce(offerId, 'http')])
        await this.#world.sleep(this.#random() * THINKING_MAX_MS)
        return this.#tryOnce(offerId, way)
      case 'last_moment':
        await this.#sleepUntil(expiresAtMs + (this.#random() * 2 - 1) * LAST_MOMENT_MS)
        return this.#insist(offerId, way)
      case 'too_late':
        await this.#sleepUntil(expiresAtMs + this.#random() * TOO_LATE_MAX_MS)
        return this.#tryOnce(offerId, way)
      case 'after_revocation':
        await this.#until(() => this.#world.ledger.offers.isOver(offerId), TOO_LATE_MAX_MS + expiresAtMs - Date.now())
        await this.#tryOnce(offerId, way)
        return this.#tryOnce(offerId, 'http')
      case 'decline':
        await this.#world.sleep(this.#random() * THINKING_MAX_MS)
        return this.#decline(offerId, way)
      case 'decline_then_accept':
        await this.#decline(offerId, way)
        await this.#until(() => this.#world.ledger.offers.isOver(offerId), ANSWER_WAIT_MS)
        return this.#tryOnce(offerId, 'http')
      case 'silent':
        return
    }
  }

  /** Repeats until it is told what became of its accept: an answer may have been lost with a connection. */
  async #insist(offerId: string, way: Way): Promise<void> {
    const { offers } = this.#world.ledger
    while (!offers.isOver(offerId) && !this.#world.isOver) {
      await this.#tryOnce(offerId, way)
      await this.#until(() => offers.isOver(offerId), way === 'socket' ? ANSWER_WAIT_MS : 2 * POLL_MS)
    }
  }

  async #tryOnce(offerId: string, way: Way): Promise<void> {
    const { ledger, calls } = this.#world
    const onSend = () => ledger.offers.acceptSent(offerId)
    if (way === 'socket') {
      onSend()
      this.#options.send({ type: 'accept', offer_id: offerId })
      return
    }
    const call = { method: 'POST', path: `/v1/offers/${offerId}/accept`, onSend } as const
    const outcome = await calls.once(call)
    if (outcome.kind === 'unanswered') return
    const told = readOrderTold(outcome.body)
    if (outcome.status === 200 && told !== null) this.#options.onWon(offerId, told)
    else if (outcome.code === 'offer_closed') ledger.offers.closed(offerId, 'offer_closed')
    else calls.unexpected(call, outcome)
  }

  /** Not repeated: a second refusal is answered as too late, and an offer that nobody answers ends by itself. */
  async #decline(offerId: string, way: Way): Promise<void> {
    const { ledger, calls } = this.#world
    ledger.offers.declineSent(offerId)
    if (way === 'socket') {
      this.#options.send({ type: 'decline', offer_id: offerId })
      return
    }
    const call = { method: 'POST', path: `/v1/offers/${offerId}/decline`, body: {} } as const
    const outcome = await calls.once(call)
    if (outcome.kind === 'unanswered') return
    const told = readOrderTold(outcome.body)
    if (outcome.status === 200 && told !== null) {
      ledger.saw(told)
      this.#options.onDeclined(offerId)
    } else if (outcome.code === 'offer_closed') ledger.offers.closed(offerId, 'offer_closed')
    else calls.unexpected(call, outcome)
  }

  #sleepUntil(atMs: number): Promise<void> {
    return this.#world.sleep(atMs - Date.now())
  }

  async #until(isSo: () => boolean, maxMs: number): Promise<void> {
    const endMs = Date.now() + maxMs
    while (!isSo() && !this.#world.isOver && Date.now() < endMs) await this.#world.sleep(POLL_MS)
  }
}
