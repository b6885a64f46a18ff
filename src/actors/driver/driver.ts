/**
 * The driver actor: the one authority over its availability and over *which offer it holds*.
 *
 * Why a hold and not a lock: the order may die after we answer. A hold that lapses is settled by asking the order, then
 * the record, so a lost `revoke` costs seconds of an idle driver, never a stuck one. A hold is not in the record: a crash
 * forgets it, and because every activation raises the driver's epoch, a commit that relies on it is refused.
 *
 * Load is known from confirmations (each raises the load version by one, so a missed one shows as a gap) and from the
 * record. Whenever the two could differ the driver reloads itself and adopts what is committed, always.
 */
import type { UnixMs } from '../../domain/ids.ts'
import { regionOf, settledRegion, shardOf } from '../../domain/region.ts'
import { asJson, type Effect, NOTHING, setTimer, type Turn, turn } from '../runtime/turn.ts'
import { toOrder } from '../send.ts'
import { type DispatchSettings, RETRY_MS, SKEW_MARGIN_MS, VERIFY_LOAD_EVERY_MS } from '../settings.ts'
import { announce, answer, answerDriver, changed, type DriverContext, phone, publishStatus } from './driver.effects.ts'
import { dueToAnnounce, loadOf } from './driver.evolve.ts'
import type { DriverCommand, DriverEvent, DriverMessage } from './driver.messages.ts'
import type { DriverState } from './driver.state.ts'

type DriverTurn = Turn<DriverEvent>

/** So often a silent order is asked what became of an offer before the record is. */
const ASKS_MAX = 4

/** One turn of a driver. Pure: reads no clock and does no I/O. */
export function decide(
  state: DriverState | null,
  message: DriverMessage,
  nowMs: UnixMs,
  settings: DispatchSettings,
): DriverTurn {
  const context = { settings, nowMs }
  if (state === null) return absent(message)
  switch (message.kind) {
    case 'driver.register':
      return register(state, message, context)
    case 'driver.patch':
      return changed(state, [{ type: 'updated', atMs: nowMs, patch: message.patch }], context, after => ({
        effects: answerDriver(message.replyTo, after),
      }))
    case 'driver.availability':
      return setAvailability(state, message, context)
    case 'driver.read':
      return turn([], answerDriver(message.replyTo, state))
    case 'driver.hello':
      return turn([], [...tellPhone(state, nowMs), ...answerDriver(message.replyTo, state)])
    case 'driver.fix':
      return move(state, message, context)
    case 'driver.offer':
      return offer(state, message, context)
    case 'driver.revoke':
      return revoked(state, message, context)
    case 'driver.confirmed':
      return confirmed(state, message, context)
    case 'driver.ended':
      return ended(state, message, context)
    case 'driver.offer_open':
      return stillOpen(state, message, nowMs)
    case 'driver.still_assigned':
      return state.assignments.some(a => a.orderId === message.orderId)
        ? turn([], [phone(state, 'assignment', { order: message.order })])
        : turn([], [{ kind: 'reload' }])
    case 'driver.recheck':
      return turn([], [{ kind: 'reload' }])
    case 'timer':
      return timer(state, message.name, context)
    case 'write_refused':
      return 'replyTo' in message.message ? turn([], answer(message.message.replyTo, { kind: 'key_taken' })) : NOTHING
  }
}

/** After an activation, or a move from another shard: what follows from the state alone. */
export function resume(state: DriverState, nowMs: UnixMs, settings: DispatchSettings): Effect[] {
  return [
    publishStatus(state),
    ...verifyLater(state, nowMs),
    ...(state.announced && state.position ? [setTimer('stale', state.position.receivedAtMs + settings.staleMs)] : []),
  ]
}

/** No such driver in the record. */
function absent(message: DriverMessage): DriverTurn {
  if (message.kind === 'driver.offer') {
    const { offerId, orderId } = message
    return turn([], [toOrder(orderId, { kind: 'order.not_held', offerId, reason: 'unknown_driver' })])
  }
  return 'replyTo' in message ? turn([], answer(message.replyTo, { kind: 'not_found' })) : NOTHING
}

/** First sight makes an anonymous row; registration completes it, once. */
function register(
  state: DriverState,
  message: DriverCommand & { kind: 'driver.register' },
  context: DriverContext,
): DriverTurn {
  if (state.version > 0) return turn([], answer(message.replyTo, { kind: 'already_exists' }))
  const event: DriverEvent = { type: 'registered', atMs: context.nowMs, profile: message.profile }
  return changed(state, [event], context, after => ({
    effects: answerDriver(message.replyTo, after),
    writes: message.key ? { key: { ...message.key, response: asJson(after) } } : {},
  }))
}

function setAvailability(
  state: DriverState,
  message: DriverCommand & { kind: 'driver.availability' },
  context: DriverContext,
): DriverTurn {
  if (state.availability === message.status) return turn([], answerDriver(message.replyTo, state))
  const { nowMs } = context
  // Whoever goes off duty is pinged no more, and the order looks for another at once.
  const dropped = message.status === 'offline' ? state.hold : null
  const events: DriverEvent[] = [{ type: 'availability', atMs: nowMs, status: message.status }]
  if (dropped) events.push({ type: 'released', atMs: nowMs })
  return changed(state, events, context, after => ({
    effects: [
      ...answerDriver(message.replyTo, after),
      ...(dropped
        ? [
            toOrder(dropped.orderId, { kind: 'order.not_held', offerId: dropped.offerId, reason: 'offline' }),
            phone(state, 'offer_revoked', { offer_id: dropped.offerId, reason: 'offline' }),
          ]
        : []),
    ],
  }))
}

/** A phone that has just connected is told again what it may have missed. */
function tellPhone(state: DriverState, nowMs: UnixMs): Effect[] {
  return [
    ...(state.hold && nowMs < state.hold.expiresAtMs ? [phone(state, 'offer', state.hold.offer)] : []),
    ...askAboutAssignments(state),
  ]
}

function move(state: DriverState, message: DriverMessage & { kind: 'driver.fix' }, context: DriverContext): DriverTurn {
  const { nowMs, settings } = context
  const events: DriverEvent[] = [{ type: 'moved', atMs: nowMs, position: message.position }]
  const region = newRegion(state, message.position, settings.shards)
  if (region === null) return changed(state, events, context)
  const toShard = shardOf(region, settings.shards)
  if (toShard === state.homeShard) {
    return changed(state, [...events, { type: 'settled', atMs: nowMs, region }], context)
  }
  // An order that has an offer here knows this address; the driver moves when that is settled.
  if (state.hold) return changed(state, events, context)
  return changed(state, [...events, { type: 'rehomed', atMs: nowMs, toShard, region }], context, () => ({
    effects: [{ kind: 'move', toShard }],
  }))
}

function newRegion(state: DriverState, position: { latitude: number; longitude: number }, shards: number) {
  if (state.homeRegion !== null) return settledRegion(position, state.homeRegion)
  const region = regionOf(position)
  return shardOf(region, shards) === state.homeShard ? region : (settledRegion(position, region) ?? region)
}

function offer(
  state: DriverState,
  message: DriverMessage & { kind: 'driver.offer' },
  context: DriverContext,
): DriverTurn {
  const { offerId, orderId, size, expiresAtMs, mode } = message
  const held = toOrder(orderId, {
    kind: 'order.held',
    offerId,
    driverId: state.driverId,
    driverShard: state.homeShard,
    driverEpoch: state.epoch,
    loadVersion: state.loadVersion,
    driverName: state.profile.name,
    vehicleType: state.profile.vehicleType,
  })
  if (state.hold?.offerId === offerId) return turn([], [held])
  const reason = whyNot(state, message, context)
  // Whoever is refused may believe something old of this driver: the cells are told the truth again.
  if (reason) {
    return changed(dueToAnnounce(state), [], context, () => ({
      effects: [toOrder(orderId, { kind: 'order.not_held', offerId, reason })],
    }))
  }
  const hold = { offerId, orderId, size, expiresAtMs, offer: message.offer, asked: 0 }
  return changed(state, [{ type: 'held', atMs: context.nowMs, hold }], context, after => ({
    effects: [
      held,
      setTimer('hold', expiresAtMs + SKEW_MARGIN_MS),
      ...(mode === 'ask' ? [phone(after, 'offer', message.offer)] : []),
    ],
  }))
}

function whyNot(
  state: DriverState,
  message: DriverMessage & { kind: 'driver.offer' },
  { nowMs, settings }: DriverContext,
): string | null {
  if (nowMs >= message.expiresAtMs) return 'expired'
  if (state.hold) return 'busy'
  if (state.assignments.some(a => a.orderId === message.orderId)) return 'already_assigned'
  if (state.availability === 'offline') return 'offline'
  if (loadOf(state) + message.size > state.profile.capacity) return 'full'
  if (message.mode === 'direct') return null
  if (state.availability === 'paused') return 'paused'
  if (message.again) return null
  if (!state.position || nowMs - state.position.receivedAtMs >= settings.staleMs) return 'stale'
  return null
}

function revoked(
  state: DriverState,
  message: DriverMessage & { kind: 'driver.revoke' },
  context: DriverContext,
): DriverTurn {
  if (state.hold?.offerId !== message.offerId) return NOTHING
  return changed(state, [{ type: 'released', atMs: context.nowMs }], context, () => ({
    effects: [phone(state, 'offer_revoked', { offer_id: message.offerId, reason: message.reason })],
  }))
}

function confirmed(
  state: DriverState,
  message: DriverMessage & { kind: 'driver.confirmed' },
  context: DriverContext,
): DriverTurn {
  const { orderId, size, loadVersion } = message
  const atMs = context.nowMs
  const release: DriverEvent[] = state.hold?.offerId === message.offerId ? [{ type: 'released', atMs }] : []
  const tell = {
    effects: [phone(state, 'assignment', { order: message.order }), setTimer('verify', atMs + VERIFY_LOAD_EVERY_MS)],
  }
  // Came twice, or what was loaded from the record since has it already.
  if (loadVersion <= state.loadVersion) return changed(state, release, context, () => tell)
  if (loadVersion > state.loadVersion + 1) return turn([], [{ kind: 'reload' }])
  return changed(state, [...release, { type: 'load_taken', atMs, orderId, size, loadVersion }], context, () => tell)
}

function ended(
  state: DriverState,
  message: DriverMessage & { kind: 'driver.ended' },
  context: DriverContext,
): DriverTurn {
  const { orderId, reason, status } = message
  if (!state.assignments.some(a => a.orderId === orderId)) return NOTHING
  return changed(state, [{ type: 'load_given_back', atMs: context.nowMs, orderId }], context, () => ({
    effects: status === 'delivered' ? [] : [phone(state, 'order_cancelled', { order_id: orderId, reason })],
  }))
}

function stillOpen(
  state: DriverState,
  message: DriverMessage & { kind: 'driver.offer_open' },
  nowMs: UnixMs,
): DriverTurn {
  if (state.hold?.offerId !== message.offerId) return NOTHING
  const { expiresAtMs } = message
  return turn(
    [{ type: 'hold_extended', atMs: nowMs, expiresAtMs }],
    [setTimer('hold', Math.max(nowMs + RETRY_MS, expiresAtMs + SKEW_MARGIN_MS))],
  )
}

function timer(state: DriverState, name: string, context: DriverContext): DriverTurn {
  const { nowMs, settings } = context
  switch (name) {
    case 'hold':
      return holdLapsed(state, nowMs)
    case 'verify':
      return turn([], [...askAboutAssignments(state), ...verifyLater(state, nowMs)])
    case 'stale': {
      const staleAtMs = (state.position?.receivedAtMs ?? 0) + settings.staleMs
      if (state.announced && nowMs < staleAtMs) return turn([], [setTimer('stale', staleAtMs)])
      const told = announce(state, context)
      return turn(told.events, told.effects)
    }
    default:
      return NOTHING
  }
}

/** In doubt: first the order is asked, then the record. Loading that raises the epoch, which voids the hold for good. */
function holdLapsed(state: DriverState, nowMs: UnixMs): DriverTurn {
  const hold = state.hold
  if (!hold) return NOTHING
  const lapsesAtMs = hold.expiresAtMs + SKEW_MARGIN_MS
  if (nowMs < lapsesAtMs) return turn([], [setTimer('hold', lapsesAtMs)])
  if (hold.asked >= ASKS_MAX) return turn([], [{ kind: 'reload' }])
  const { offerId, orderId } = hold
  const { driverId, homeShard } = state
  return turn(
    [{ type: 'asked', atMs: nowMs }],
    [
      toOrder(orderId, { kind: 'order.ask_offer', offerId, driverId, driverShard: homeShard }),
      setTimer('hold', nowMs + RETRY_MS),
    ],
  )
}

function askAboutAssignments(state: DriverState): Effect[] {
  const { driverId, homeShard } = state
  return state.assignments.map(a =>
    toOrder(a.orderId, { kind: 'order.ask_assignment', driverId, driverShard: homeShard }),
  )
}

function verifyLater(state: DriverState, nowMs: UnixMs): Effect[] {
  return state.assignments.length > 0 ? [setTimer('verify', nowMs + VERIFY_LOAD_EVERY_MS)] : []
}
