/**
 * A driver with a phone. In the chaos it accepts, hesitates, accepts twice, too late or what was revoked, declines, goes
 * off duty, pauses, drops out, and drives across regions all the while; in the calm it does its work.
 */
import type { OrderReply } from '../../actors/order/order.messages.ts'
import type { JsonObject } from '../../actors/runtime/turn.ts'
import type { ProofClaim } from '../../domain/delivery-proof.ts'
import type { LatLng } from '../../domain/geo.ts'
import { type DriverId, type OfferId, type OrderId, orderOfOffer, type UnixMs } from '../../domain/ids.ts'
import { Chance } from '../chance.ts'
import type { Settled } from '../network.ts'
import { north } from '../places.ts'
import { type DriverPlan, SIMULATED_PIN } from '../plan.ts'
import { Mischief } from './mischief.ts'
import { TRIP_STEPS } from './trip-steps.ts'
import type { World } from './world.ts'

const FIX_EVERY_MS = 5_000
const STEP_M = 380
const RESEND_AFTER_MS = 4_000

interface Fix {
  readonly at: LatLng
  readonly recordedAtMs: UnixMs
}

export class DriverAgent {
  readonly driverId: DriverId
  readonly #world: World
  readonly #plan: DriverPlan
  readonly #chance: Chance
  /** The node that its phone is connected to. */
  #through: string
  /** Metres north of its city's centre, and where it drives to. */
  #atM = 0
  #toM = 0
  /** Fixes under way: by token, what was sent. */
  readonly #unsettled = new Map<number, Fix>()
  readonly #trips = new Set<string>()
  readonly #rang: OfferId[] = []
  readonly #mischief: Mischief
  #tokens: number

  constructor(world: World, plan: DriverPlan) {
    this.#world = world
    this.#plan = plan
    this.driverId = plan.id as DriverId
    this.#chance = new Chance(plan.seed)
    this.#mischief = new Mischief(world, this.driverId, this.#chance)
    this.#through = world.anyNode(this.#chance)
    this.#tokens = plan.firstToken
  }

  get #at(): LatLng {
    return north(this.#world.centreOf(this.#plan.city), this.#atM)
  }

  start(): void {
    this.#atM = this.#chance.between(0, 2_000)
    this.#toM = this.#atM
    this.#world.run(() => this.#drive())
    this.#world.run(() => this.#work())
  }

  async #work(): Promise<void> {
    const chance = this.#chance
    await this.#world.sleep(this.#plan.startsAtMs + chance.between(100, 5_000))
    const patch = { capacity: this.#plan.capacity }
    await this.#insist({ kind: 'driver.patch', patch })
    while (!this.#world.isOver) {
      await this.#setAvailability('available')
      await this.#world.sleep(chance.between(5_000, 15_000))
      // A phone that has just connected again, perhaps to another node.
      if (chance.happens(0.3)) this.#through = this.#world.anyNode(chance)
      await this.#world.driver(this.#through, { id: this.driverId, at: this.#at }, { kind: 'driver.hello' })
    }
  }

  #insist(command: object) {
    return this.#world.insist(this.#chance, through =>
      this.#world.driver(through, { id: this.driverId, at: this.#at }, command),
    )
  }

  #setAvailability(status: 'available' | 'paused' | 'offline') {
    return this.#insist({ kind: 'driver.availability', status })
  }

  // ---------------------------------------------------------------- positions

  async #drive(): Promise<void> {
    const chance = this.#chance
    await this.#world.sleep(this.#plan.startsAtMs)
    while (!this.#world.isOver) {
      if (this.#atM === this.#toM && chance.happens(0.2)) this.#toM = chance.between(0, 12) * 500
      this.#atM += Math.max(-STEP_M, Math.min(STEP_M, this.#toM - this.#atM))
      this.#send({ at: this.#at, recordedAtMs: this.#world.cluster.clock.nowMs() })
      await this.#world.sleep(FIX_EVERY_MS + chance.between(-500, 500))
    }
  }

  #send(fix: Fix): void {
    const { cluster, tally } = this.#world
    const token = ++this.#tokens
    this.#unsettled.set(token, fix)
    cluster.fix(this.#through, { driverId: this.driverId, token, ...fix })
    cluster.clock.after(RESEND_AFTER_MS, () => {
      if (!this.#unsettled.delete(token)) return
      tally.count('fixes_resent')
      this.#through = this.#world.anyNode(this.#chance)
      this.#send(fix)
    })
  }

  onSettled({ token, result, recordedAtMs }: Settled): void {
    const fix = this.#unsettled.get(token)
    if (!fix) return
    this.#world.tally.count(`fix_${result}`)
    if (result === 'overloaded') return
    this.#unsettled.delete(token)
    this.#world.witness.fixAnswered(this.driverId, result, recordedAtMs)
  }

  get hasUnsettled(): boolean {
    return this.#unsettled.size > 3
  }

  // ---------------------------------------------------------------- offers

  onPhone(type: string, data: JsonObject): void {
    if (type === 'offer') {
      const offerId = data.offer_id as OfferId
      this.#rang.push(offerId)
      this.#world.rang.push(offerId)
      this.#world.run(() => this.#answer(offerId, data.expires_at_ms as number))
    }
    if (type === 'assignment') {
      const { assignment, terms } = data.order as unknown as {
        assignment: { offerId: string }
        terms: { orderId: OrderId }
      }
      this.#world.run(() => this.#trip(terms.orderId, assignment.offerId))
    }
  }

  async #answer(offerId: OfferId, expiresAtMs: number): Promise<void> {
    const chance = this.#chance
    const ttlMs = Math.max(0, expiresAtMs - this.#world.cluster.clock.nowMs())
    const roll = this.#world.isCalm ? 0 : chance.next()
    await this.#world.sleep(chance.between(0, roll < 0.5 ? Math.min(2_000, ttlMs / 2) : ttlMs + 3_000))
    if (roll < 0.45) await this.#accept(offerId)
    else if (roll < 0.6) await Promise.all([this.#accept(offerId), this.#accept(offerId)])
    else if (roll < 0.7) await this.#accept(chance.pick(this.#rang))
    else if (roll < 0.8) await this.#decline(offerId)
    else if (roll < 0.87) await this.#setAvailability('offline')
    else if (roll < 0.92) await Promise.all([this.#setAvailability('offline'), this.#accept(offerId)])
    else if (roll < 0.95) await this.#setAvailability('paused')
    else if (roll < 0.975) await this.#mischief.meddle(chance.pick(this.#rang))
    else await this.#mischief.snatch()
  }

  /** Everything that ever rang, again and at once. */
  storm(): void {
    for (const offerId of this.#rang.slice(-8)) {
      for (let n = 0; n < 3; n++) this.#world.run(() => this.#accept(offerId))
    }
  }

  /** Its latest offer, again, through a node that has not answered for a while. */
  knock(through: string): void {
    const offerId = this.#rang.at(-1)
    const orderId = offerId && orderOfOffer(offerId)
    if (!orderId) return
    const { driverId } = this
    this.#world.run(() => this.#world.accept(through, { orderId, offerId, driverId }))
  }

  logOff(): void {
    this.#world.run(() => this.#setAvailability('offline'))
  }

  async #accept(offerId: OfferId): Promise<void> {
    const orderId = orderOfOffer(offerId)
    if (!orderId) return
    const { driverId } = this
    await this.#world.insist<OrderReply>(this.#chance, through =>
      this.#world.accept(through, { orderId, offerId, driverId }),
    )
  }

  async #decline(offerId: OfferId): Promise<void> {
    const orderId = orderOfOffer(offerId)
    if (!orderId) return
    const by = { role: 'driver', id: this.driverId } as const
    const command = { kind: 'order.decline', offerId, reason: null, by }
    const reply = await this.#world.insist<OrderReply>(this.#chance, through =>
      this.#world.order(through, orderId, command),
    )
    if (reply.kind === 'order') this.#world.witness.rules.refusalAnswered(orderId, this.driverId)
  }

  // ---------------------------------------------------------------- trips

  /** Mistyped now and then. */
  #proof(pin = this.#chance.happens(0.2) ? '9999' : SIMULATED_PIN): ProofClaim {
    return { pin, photo: null, signature: null, waivedBecause: null }
  }

  /** It looks again, or rings up somebody who knows. @returns whether that has settled it. */
  async #mistyped(orderId: OrderId, { kind }: OrderReply): Promise<boolean> {
    if (kind !== 'pin_wrong' && kind !== 'pin_locked') return false
    this.#world.tally.count(kind)
    const isLocked = kind === 'pin_locked'
    const by = isLocked ? { role: 'dispatcher', id: 'dis_1' } : { role: 'driver', id: this.driverId }
    const proof = { ...this.#proof(SIMULATED_PIN), waivedBecause: isLocked ? 'locked' : null }
    const command = { kind: 'order.status', status: 'delivered', by, proof }
    const reply = await this.#world.insist<OrderReply>(this.#chance, through =>
      this.#world.order(through, orderId, command),
    )
    return reply.kind === 'pin_locked' ? this.#mistyped(orderId, reply) : true
  }

  /** Nobody comes: it says so too early, perhaps, and then again. */
  async #givesUp(orderId: OrderId): Promise<boolean> {
    const chance = this.#chance
    if (this.#world.isCalm || !chance.happens(0.12)) return false
    const command = { kind: 'order.no_show', by: { role: 'driver', id: this.driverId } }
    for (;;) {
      const reply = await this.#world.insist<OrderReply>(chance, through =>
        this.#world.order(through, orderId, command),
      )
      this.#world.tally.count(`no_show_${reply.kind}`)
      if (reply.kind !== 'too_early') return reply.kind === 'order'
      await this.#world.sleep(Math.max(200, reply.allowedAtMs - this.#world.cluster.clock.nowMs()))
    }
  }

  async #trip(orderId: OrderId, offerId: string): Promise<void> {
    if (this.#trips.has(offerId)) return
    this.#trips.add(offerId)
    const chance = this.#chance
    const by = { role: 'driver', id: this.driverId } as const
    for (const status of TRIP_STEPS) {
      await this.#world.sleep(chance.between(200, 4_000))
      if (!this.#world.isCalm && chance.happens(0.08)) await this.#setAvailability('offline')
      const dropsOut = !this.#world.isCalm && status !== 'delivered' && chance.happens(0.06)
      const command = dropsOut
        ? { kind: 'order.unassign', reason: 'flat tyre', by }
        : { kind: 'order.status', status, by, ...(status === 'delivered' ? { proof: this.#proof() } : {}) }
      const reply = await this.#world.insist<OrderReply>(chance, through =>
        this.#world.order(through, orderId, command),
      )
      if (status === 'delivered' && (await this.#mistyped(orderId, reply))) return
      if (!dropsOut) this.#world.witness.moved(this.driverId, reply)
      if (status === 'at_pickup' && reply.kind === 'order' && (await this.#givesUp(orderId))) return
      // Its own meddling may have been ahead of its work, if the order was its own by then.
      const isAhead = reply.kind === 'invalid_transition' && this.#mischief.hasMeddledWith(orderId)
      if (isAhead) continue
      if (dropsOut || reply.kind !== 'order') return
    }
    await this.#rate(orderId)
  }

  /** Once, twice, or differently each time. */
  async #rate(orderId: OrderId): Promise<void> {
    const chance = this.#chance
    const by = { role: 'driver', id: this.driverId } as const
    const said = Array.from({ length: chance.pick([0, 1, 2]) }, () => chance.between(1, 5))
    const replies = said.map(stars =>
      this.#world.insist<OrderReply>(chance, through =>
        this.#world.order(through, orderId, {
          kind: 'order.rate',
          side: 'driver',
          stars,
          comment: null,
          key: null,
          by,
        }),
      ),
    )
    for (const { kind } of await Promise.all(replies)) this.#world.tally.count(`rate_${kind}`)
  }
}
