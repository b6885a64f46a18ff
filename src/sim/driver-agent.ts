import type { LatLng } from '../domain/geo.ts'
import { nowMs } from './clock.ts'
import { OfferDesk } from './offer-desk.ts'
import { type OrderView, readOrder, STEPS, type Step, stepOf } from './order-view.ts'
import type { ServerMessage } from './server-message.ts'
import { StreamConnection, type StreamListener } from './stream-connection.ts'
import { Vehicle } from './vehicle.ts'
import { PERSISTENCE_MS, type WorldContext } from './world-context.ts'

/**
 * A driver on duty: answers offers on its own socket, drives to the pickup and the drop-off, and reports each step.
 *
 * It believes the node: an assignment may reach it as the answer to its acceptance, as a message of its own, twice, or
 * (after an outage) from somebody who looked the order up. All of them lead to `adopt`, which takes an order once.
 */
export interface DriverAgentOptions {
  readonly driverId: string
  readonly place: LatLng
  readonly world: WorldContext
}

interface Task {
  readonly orderId: string
  readonly pickup: LatLng
  readonly dropoff: LatLng
  /** The last step that the node knows of or is being told. */
  step: Step
  /** Taken back: what is still to be reported is not. */
  dropped: boolean
  /** Connections so far when it was taken. */
  readonly reopenings: number
  reports: Promise<void>
}

export class DriverAgent implements StreamListener {
  readonly driverId: string
  readonly connection: StreamConnection
  readonly vehicle: Vehicle
  private readonly world: WorldContext
  private readonly offers: OfferDesk
  /** The first is under way, the others wait their turn. */
  private tasks: Task[] = []
  private reopenings = 0

  constructor({ driverId, place, world }: DriverAgentOptions) {
    this.driverId = driverId
    this.world = world
    const { agenda, terrain } = world
    this.vehicle = new Vehicle({ place, nowMs: nowMs(), terrain, agenda, random: world.random(`way of ${driverId}`) })
    const { url, token, protocol } = world.options
    const random = world.random(`socket of ${driverId}`)
    const { opening } = world
    this.connection = new StreamConnection({ url, token, protocol, driverId, agenda, random, opening, listener: this })
    const hasRoom = () => this.tasks.length < world.options.capacity
    this.offers = new OfferDesk({ driverId, world, hasRoom, send: message => this.connection.send(message) })
  }

  onAcked(points: number, latencyMs: number): void {
    this.world.tally.positionsAcked += points
    this.world.tally.ack.record(latencyMs, points)
    this.world.tally.ackThisSecond.record(latencyMs, points)
  }

  onRejected(points: number, code: string): void {
    this.world.tally.positionErrors.add(code, points)
  }

  onDropped(points: number): void {
    this.world.tally.positionsDropped += points
  }

  onReopened(): void {
    this.world.tally.reconnects++
    this.reopenings++
    this.offers.askAgain()
  }

  onMessage(message: ServerMessage): void {
    switch (message.kind) {
      case 'offer':
        this.offers.offered(message.offerId, message.order.orderId)
        break
      case 'offer_revoked':
        this.offers.revoked(message.offerId)
        break
      case 'offer_closed':
        this.offers.closed(message.offerId)
        break
      case 'accepted':
        this.offers.accepted(message.order.orderId)
        this.adopt(message.order)
        break
      case 'assignment':
        this.adopt(message.order)
        break
      case 'order_cancelled':
        this.withdraw(message.orderId)
        this.world.book.doubt(message.orderId)
        break
      case 'error':
        this.world.tally.otherMessages.add(`error ${message.code}`)
        break
      case 'ack':
        break
      case 'other':
        this.world.tally.otherMessages.add(message.type)
        break
    }
  }

  /** Takes an order that is this driver's; a repeat changes nothing. */
  adopt(order: OrderView): void {
    const { ledger, book } = this.world
    if (ledger.holds(this.driverId, order.orderId) || (book.get(order.orderId)?.end ?? null) !== null) return
    if (order.pickup === null || order.dropoff === null) {
      void this.lookUp(order.orderId)
      return
    }
    const now = nowMs()
    const { orderId, pickup, dropoff } = order
    const step = stepOf(order.status) ?? 'assigned'
    if (step === 'delivered') return
    ledger.assigned(this.driverId, orderId, now)
    const pickupMs = this.driveMsTo(pickup, now)
    this.tasks.push({
      orderId,
      pickup,
      dropoff,
      step,
      dropped: false,
      reopenings: this.reopenings,
      reports: Promise.resolve(),
    })
    book.assigned(orderId, (pickupMs / 1_000) * this.world.options.speedup, now)
    if (this.tasks.length === 1) this.next(now)
  }

  /** The order is not (or no longer) this driver's. */
  withdraw(orderId: string): void {
    this.world.ledger.released(this.driverId, orderId)
    const task = this.tasks.find(candidate => candidate.orderId === orderId)
    if (task === undefined) return
    task.dropped = true
    const wasUnderWay = this.tasks[0] === task
    this.tasks = this.tasks.filter(candidate => candidate !== task)
    this.world.tally.withdrawn++
    if (wasUnderWay) this.next(nowMs())
  }

  /**
   * Somebody looked the order up and found it elsewhere. A driver whose connection has broken since may have missed the
   * message. One whose connection stood was told wrong: it goes on believing, and the ledger takes note.
   */
  correct(orderId: string): void {
    const task = this.tasks.find(candidate => candidate.orderId === orderId)
    if (task !== undefined && task.reopenings < this.reopenings) this.withdraw(orderId)
  }

  private async lookUp(orderId: string): Promise<void> {
    const path = `/v1/orders/${orderId}`
    const outcome = await this.world.http.untilAnswered({ method: 'GET', path }, nowMs() + PERSISTENCE_MS)
    const order = outcome.kind === 'answered' ? readOrder(outcome.body) : null
    if (order?.driverId === this.driverId && order.pickup !== null && order.dropoff !== null) this.adopt(order)
    else this.world.book.doubt(orderId)
  }

  private next(now: number): void {
    const task = this.tasks[0]
    if (task === undefined) this.vehicle.cruise(now)
    else if (STEPS.indexOf(task.step) >= STEPS.indexOf('at_pickup')) this.driveToDropoff(task, now)
    else this.driveToPickup(task, now)
  }

  private driveToPickup(task: Task, now: number): void {
    this.report(task, 'en_route_to_pickup')
    this.vehicle.driveTo(task.pickup, now, atMs => {
      this.report(task, 'at_pickup')
      this.driveToDropoff(task, atMs)
    })
  }

  private driveToDropoff(task: Task, now: number): void {
    this.report(task, 'en_route_to_dropoff')
    this.vehicle.driveTo(task.dropoff, now, atMs => {
      this.report(task, 'delivered')
      this.tasks = this.tasks.filter(candidate => candidate !== task)
      this.next(atMs)
    })
  }

  /** In order, each after the answer to the one before: the node skips no step. */
  private report(task: Task, step: Step): void {
    task.step = step
    task.reports = task.reports.then(() => this.postStep(task, step))
  }

  private async postStep(task: Task, step: Step): Promise<void> {
    if (task.dropped) return
    if (step === 'delivered') this.world.ledger.delivering(task.orderId)
    const { http, book, ledger, tally } = this.world
    const path = `/v1/orders/${task.orderId}/status`
    const call = { method: 'POST', path, body: { status: step } } as const
    const outcome = await http.untilAnswered(call, nowMs() + PERSISTENCE_MS)
    if (outcome.kind === 'answered' && outcome.status === 200) {
      book.heard(task.orderId, step, nowMs())
      if (step !== 'delivered') return
      ledger.released(this.driverId, task.orderId)
      tally.delivered++
      return
    }
    // Cancelled meanwhile, or not ours: whoever looks the order up puts both sides right.
    if (outcome.kind === 'answered') tally.refusals.add(`status ${outcome.status}`)
    book.doubt(task.orderId)
    this.withdraw(task.orderId)
  }

  /** Through everything that it has to do before. */
  private driveMsTo(pickup: LatLng, now: number): number {
    let from = this.vehicle.at(now).place
    let totalMs = 0
    for (const task of this.tasks) {
      const stops =
        STEPS.indexOf(task.step) >= STEPS.indexOf('at_pickup') ? [task.dropoff] : [task.pickup, task.dropoff]
      for (const stop of stops) {
        totalMs += this.vehicle.driveMs(from, stop)
        from = stop
      }
    }
    return totalMs + this.vehicle.driveMs(from, pickup)
  }
}
