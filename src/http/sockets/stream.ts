/**
 * `/v1/stream`: positions in, acknowledgements out; on a driver's own connection also its offers.
 *
 * A frame that cannot be read at all has no number: it is answered with an `error` without `seq`, and the connection
 * lives on.
 *
 * Messages for the driver are not latest-wins: an offer that is lost is money lost. A phone that does not read
 * them is closed by the socket's limit, connects again, and is told what is still open by its actor (`driver.hello`).
 * A credential for positions alone hears nothing of them: an offer carries a whole order.
 */
import type { Gateway } from '../../actors/gateway.ts'
import type { JsonObject } from '../../actors/runtime/turn.ts'
import { type DriverId, type OfferId, orderOfOffer } from '../../domain/ids.ts'
import type { Scope } from '../../domain/scopes.ts'
import type { Principal } from '../access/principal.ts'
import { refusalOf } from '../errors.ts'
import type { Phones } from '../live/phones.ts'
import type { OrderLinks } from '../order-links.ts'
import type { FieldError } from '../problem.ts'
import { renderOrderFor } from '../render/order.ts'
import { renderPhoneMessage } from '../render/phone.ts'
import { driverFrom, orderFrom } from '../replies.ts'
import { answerFrame } from '../schemas/frame.ts'
import { type Codec, UnreadableFrame } from './codec.ts'
import { readPointsFrame, readPointsHead } from './msgpack-points.ts'
import type { Socket, SocketSession } from './session.ts'
import { type Fields, isFields } from './stream-frames.ts'
import { type PositionDeps, type StreamErrorCode, StreamPositions } from './stream-positions.ts'

export interface StreamDeps extends PositionDeps {
  readonly gateway: Gateway
  readonly phones: Phones
  readonly links: OrderLinks
}

export interface StreamOpening {
  readonly codec: Codec
  readonly subprotocol: string | null
  readonly driverId: DriverId | null
  readonly principal: Principal
}

type Answer = 'accept' | 'decline'

/** Rows that one `error` names. */
const ERRORS_NAMED_MAX = 20

export class StreamSession implements SocketSession {
  readonly kind = 'stream'
  readonly subprotocol: string | null
  readonly principal: Principal
  readonly #deps: StreamDeps
  readonly #codec: Codec
  readonly #isMsgpack: boolean
  readonly #driverId: DriverId | null
  readonly #positions: StreamPositions
  #socket: Socket | null = null
  #answersUnderWay = 0

  constructor(deps: StreamDeps, { codec, subprotocol, driverId, principal }: StreamOpening) {
    this.#deps = deps
    this.principal = principal
    this.#codec = codec
    this.#isMsgpack = codec.subprotocol === 'waggle.msgpack'
    this.subprotocol = subprotocol
    this.#driverId = driverId
    this.#positions = new StreamPositions(deps, this, driverId, principal.mode)
  }

  open(socket: Socket): void {
    this.#socket = socket
    if (this.#driverId === null || !this.#mayDo('offers:read')) return
    // In this order: what the actor tells in answer to the greeting must find the line.
    this.#deps.phones.connect(this.#driverId, this)
    void this.#greet(this.#driverId)
  }

  message(data: string | Buffer): void {
    this.#deps.metrics.framesReceived++
    if (data.length > this.#deps.limits.frameBytesMax) {
      this.error('too_large', `A frame may have at most ${this.#deps.limits.frameBytesMax} bytes`)
      return
    }
    if (typeof data !== 'string' && this.#isMsgpack && this.#tookPoints(data)) return
    const frame = this.#decoded(data)
    if (frame === null) return
    switch (frame.type) {
      case 'location':
      case 'locations':
        this.#positions.onFrame(frame.type, frame)
        return
      case 'accept':
      case 'decline':
        void this.#onAnswer(frame.type, frame)
        return
      default:
        this.error('invalid', [{ path: '/type', message: 'Expected location, locations, accept or decline' }])
    }
  }

  /** @returns false where the frame is to be read the general way. */
  #tookPoints(data: Buffer): boolean {
    const head = this.#positions.isRefusing ? readPointsHead(data) : null
    if (head !== null) {
      this.#positions.refuse(head)
      return true
    }
    const points = readPointsFrame(data, this.#driverId)
    if (points !== null) this.#positions.onPoints(points)
    return points !== null
  }

  drain(): void {
    this.#positions.readerCaughtUp()
  }

  close(): void {
    this.#socket = null
    if (this.#driverId !== null) this.#deps.phones.disconnect(this.#driverId, this)
  }

  /** From the driver's actor. */
  tell(type: string, data: JsonObject): void {
    this.send(renderPhoneMessage(type, data, this.#deps.links))
  }

  send(message: object): void {
    if (this.#socket === null) return
    if (this.#socket.send(this.#codec.encode(message)) < 0) this.#positions.readerFellBehind()
  }

  hold(): void {
    this.#socket?.pause()
  }

  readOn(): void {
    this.#socket?.resume()
  }

  error(code: StreamErrorCode, what: string | readonly FieldError[], seq?: number): void {
    this.#deps.metrics.frameErrors++
    const about = typeof what === 'string' ? { message: what } : aboutFields(what)
    this.send({ type: 'error', ...(seq === undefined ? {} : { seq }), code, ...about })
  }

  #decoded(data: string | Buffer): Fields | null {
    try {
      const frame = this.#codec.decode(data)
      if (isFields(frame)) return frame
      this.error('invalid', [{ path: '/', message: 'Expected an object' }])
    } catch (error) {
      if (!(error instanceof UnreadableFrame)) throw error
      this.error('malformed', error.message)
    }
    return null
  }

  async #onAnswer(answer: Answer, frame: Fields): Promise<void> {
    if (this.#driverId === null) {
      this.error('invalid', [{ path: '/type', message: 'Offers are answered on a connection with ?driver_id=' }])
    } else if (!this.#mayDo('offers:write')) {
      this.error('forbidden', 'This needs the scope offers:write')
    } else if (!answerFrame.accepts(frame)) {
      this.error('invalid', answerFrame.errors(frame))
    } else if (this.#answersUnderWay >= this.#deps.limits.answersMax) {
      this.error('overloaded', 'Too many answers to offers are under way')
    } else {
      this.#answersUnderWay++
      try {
        await this.#answerOffer(answer, frame.offer_id, this.#driverId)
      } finally {
        this.#answersUnderWay--
      }
    }
  }

  #mayDo(scope: Scope): boolean {
    const { scopes } = this.principal
    return scopes === null || scopes.has(scope)
  }

  async #answerOffer(answer: Answer, offerId: string, driverId: DriverId): Promise<void> {
    const orderId = orderOfOffer(offerId)
    if (orderId === null) {
      this.error('invalid', [{ path: '/offer_id', message: 'Expected the id of an offer' }])
      return
    }
    const offer = { by: this.principal.actor, driverId, offerId: offerId as OfferId } as const
    try {
      const reply = await this.#deps.gateway.askOrder(
        orderId,
        answer === 'accept' ? { kind: 'order.accept', ...offer } : { kind: 'order.decline', ...offer, reason: null },
      )
      if (reply.kind === 'offer_closed' || reply.kind === 'not_found') {
        this.send({ type: 'offer_closed', offer_id: offerId })
        return
      }
      const order = renderOrderFor({ role: 'driver' }, orderFrom(reply), this.#deps.links)
      this.send(
        answer === 'accept' ? { type: 'accepted', offer_id: offerId, order } : { type: 'declined', offer_id: offerId },
      )
    } catch (error) {
      this.#sendFailure(error, { offer_id: offerId })
    }
  }

  async #greet(driverId: DriverId): Promise<void> {
    try {
      const reply = await this.#deps.gateway.askDriver(driverId, { kind: 'driver.hello' })
      // Unknown yet: its first position makes it known, and it holds no offer.
      if (reply.kind !== 'not_found') driverFrom(reply)
    } catch (error) {
      this.#sendFailure(error, {})
    }
  }

  #sendFailure(error: unknown, about: object): void {
    const refusal = refusalOf(error, 'WS /v1/stream', this.#deps)
    this.send({ type: 'error', code: refusal.code, message: refusal.message, ...about })
  }
}

function aboutFields(errors: readonly FieldError[]): object {
  const first = errors[0]
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return {
    message: first ? `${first.path}: ${first.message}${more}` : 'Not a valid frame',
    errors: errors.slice(0, ERRORS_NAMED_MAX),
  }
}
