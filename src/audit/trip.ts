/** An order and the driver who has it: the steps to its delivery, or the moment at which the driver drops out. */
import type { Uniform } from '../domain/ids.ts'
import { STEPS } from '../sim/order-view.ts'
import { type OrderTold, readOrderTold } from './told.ts'
import type { World } from './world.ts'

export interface TripOptions {
  readonly orderId: string
  readonly driverId: string
  readonly random: Uniform
  readonly world: World
}

const STEP_MAX_MS = 350
const DROP_SHARE = 0.08
/** Steps that are reported twice at the same time. */
const TWICE_SHARE = 0.1
/** A driver drops out before one of the first steps: with the goods on board that is over. */
const DROP_STEPS = 3
/** Of those who wait at a pickup: nobody comes. As soon as the ruleset lets them go, which is after a second here. */
const NO_SHOW_SHARE = 0.04
const NO_SHOW_TRIES_MAX = 8
const NO_SHOW_AGAIN_MS = 300

export class Trip {
  readonly #orderId: string
  readonly #driverId: string
  readonly #world: World
  readonly #random: Uniform
  #isTakenBack = false

  constructor({ orderId, driverId, random, world }: TripOptions) {
    this.#orderId = orderId
    this.#driverId = driverId
    this.#world = world
    this.#random = random
  }

  takenBack(): void {
    this.#isTakenBack = true
  }

  async run(): Promise<void> {
    const dropsAt = this.#random() < DROP_SHARE ? 1 + Math.floor(this.#random() * DROP_STEPS) : null
    for (let next = 1; next < STEPS.length; ) {
      await this.#world.sleep(this.#random() * STEP_MAX_MS)
      if (this.#isTakenBack || this.#world.isOver) return
      if (next === dropsAt && this.#world.isLoading && (await this.#dropOut()) === 'gone') return
      const reached = await this.#report(STEPS[next] ?? 'delivered')
      if (reached === null) return
      const isWaiting = STEPS[reached] === 'at_pickup' && this.#world.isLoading
      if (isWaiting && this.#random() < NO_SHOW_SHARE && (await this.#giveUp()) === 'gone') return
      next = reached + 1
    }
  }

  /** @returns the step that the order is at, or null where it is not this driver's any more. */
  async #report(status: string): Promise<number | null> {
    if (this.#random() < TWICE_SHARE) this.#world.start(this.#post(status).then(() => undefined))
    const told = await this.#post(status)
    return told === null ? this.#whereItIs() : this.#mineAt(told)
  }

  async #post(status: string): Promise<OrderTold | null> {
    const { calls, ledger } = this.#world
    const call = { method: 'POST', path: `/v1/orders/${this.#orderId}/status`, body: { status } } as const
    const outcome = await calls.untilAnswered(call)
    if (outcome.kind === 'unanswered') return null
    const told = readOrderTold(outcome.body)
    if (outcome.status === 200 && told !== null) {
      ledger.saw(told)
      // The key that is used here may speak for whoever has the order, after a re-assignment for another one.
      ledger.acked({ kind: 'step', orderId: this.#orderId, status, driverId: told.driverId })
      return told
    }
    // The customer, or the dispatcher, was faster.
    if (outcome.code !== 'invalid_transition') calls.unexpected(call, outcome)
    return null
  }

  /** Asked once: repeated, it could take the order from the next driver. What is left open is looked up. */
  async #dropOut(): Promise<'gone' | 'mine'> {
    const { calls, ledger } = this.#world
    const reason = `dropped by ${this.#driverId}`
    const call = { method: 'POST', path: `/v1/orders/${this.#orderId}/unassign`, body: { reason } } as const
    const outcome = await calls.once(call)
    if (outcome.kind === 'answered') {
      const told = readOrderTold(outcome.body)
      if (outcome.status === 200 && told !== null) {
        ledger.saw(told)
        ledger.acked({ kind: 'unassign', orderId: this.#orderId, reason })
        return 'gone'
      }
      if (outcome.code !== 'invalid_transition') calls.unexpected(call, outcome)
    }
    return (await this.#whereItIs()) === null ? 'gone' : 'mine'
  }

  /** Repeated while it is too early; one that was given up already says so again. */
  async #giveUp(): Promise<'gone' | 'mine'> {
    const { calls, ledger } = this.#world
    const body = { reason: 'nobody came' }
    const call = { method: 'POST', path: `/v1/orders/${this.#orderId}/no-show`, body } as const
    for (let tries = 0; tries < NO_SHOW_TRIES_MAX && !this.#world.isOver; tries++) {
      const outcome = await calls.untilAnswered(call)
      if (outcome.kind === 'unanswered') return 'gone'
      const told = readOrderTold(outcome.body)
      if (outcome.status === 200 && told !== null) {
        ledger.saw(told)
        ledger.acked({ kind: 'no_show', orderId: this.#orderId, driverId: told.driverId })
        return 'gone'
      }
      if (outcome.code !== 'too_early' && outcome.code !== 'invalid_transition') calls.unexpected(call, outcome)
      if (outcome.code !== 'too_early') break
      await this.#world.sleep(NO_SHOW_AGAIN_MS)
    }
    return (await this.#whereItIs()) === null ? 'gone' : 'mine'
  }

  async #whereItIs(): Promise<number | null> {
    const outcome = await this.#world.look(this.#orderId)
    const told = outcome.kind === 'answered' ? readOrderTold(outcome.body) : null
    return told === null ? null : this.#mineAt(told)
  }

  #mineAt(told: OrderTold): number | null {
    return told.driverId === this.#driverId ? stepOf(told) : null
  }
}

/** @returns null where no driver is at it any more. */
function stepOf({ status }: OrderTold): number | null {
  const step = STEPS.find(known => known === status)
  return step === undefined ? null : STEPS.indexOf(step)
}
