/** What actors and the runtime answer, as values that routes can render or refusals that they can throw. */
import type { DriverReply } from '../actors/driver/driver.messages.ts'
import type { DriverState } from '../actors/driver/driver.state.ts'
import type { TimedOut } from '../actors/gateway.ts'
import type { OrderReply } from '../actors/order/order.messages.ts'
import type { OrderState } from '../actors/order/order.state.ts'
import type { RuntimeRefusal } from '../actors/runtime/envelope.ts'
import type { OrderId } from '../domain/ids.ts'
import { notFound, Refusal } from './problem.ts'
import { driverState, orderState } from './render/state.ts'
import { formatInstant } from './rfc3339.ts'

type Refused = RuntimeRefusal | TimedOut

/** @throws {Refusal} where the order did not do what was asked. */
export function orderFrom(reply: OrderReply | Refused): OrderState {
  switch (reply.kind) {
    case 'order':
      return orderState(reply.order)
    case 'not_found':
      throw notFound('order')
    case 'invalid_transition':
      throw new Refusal('invalid_transition', `The order is ${reply.status}, so this cannot be done.`, {
        members: { order_status: reply.status },
      })
    case 'version_conflict':
      throw versionConflict(reply.version)
    case 'proof_required':
      throw new Refusal(
        'proof_required',
        `The order is delivered with proof: ${reply.missing.join(', ')} is missing.`,
        {
          members: { missing: reply.missing },
        },
      )
    case 'pin_wrong':
      throw new Refusal('pin_wrong', `This is not the PIN of the order. Tries left: ${reply.triesLeft}.`, {
        members: { tries_left: reply.triesLeft },
      })
    case 'pin_locked':
      throw new Refusal('pin_locked', 'Too many wrong PINs: a dispatcher has to say that it is delivered, and why.')
    case 'already_rated':
      throw new Refusal('already_exists', 'This side has rated the order, otherwise than now.')
    case 'too_early': {
      const allowedAt = formatInstant(reply.allowedAtMs)
      throw new Refusal('too_early', `The driver has not waited long enough: until ${allowedAt}.`, {
        members: { allowed_at: allowedAt },
      })
    }
    case 'offer_closed':
      throw new Refusal('offer_closed', 'The offer has expired, was revoked or was taken by another driver.')
    case 'driver_unavailable':
      throw new Refusal('driver_unavailable', `The driver cannot take the order: ${reply.reason}.`)
    case 'key_taken':
      throw new Refusal('idempotency_in_progress', 'A request with this key is under way.')
    case 'already_ordered':
      throw quoteUsed(reply.orderId)
    default:
      throw runtimeRefusal(reply)
  }
}

export function versionConflict(version: number): Refusal {
  return new Refusal('version_conflict', `The order was changed meanwhile: it is at version ${version}.`, {
    members: { version },
  })
}

export function quoteUsed(orderId: OrderId): Refusal {
  return new Refusal('already_exists', `The order ${orderId} was made of this quote; ask for a new one.`, {
    members: { order_id: orderId },
  })
}

/** @throws {Refusal} where the driver did not do what was asked. */
export function driverFrom(reply: DriverReply | Refused): DriverState {
  switch (reply.kind) {
    case 'driver':
      return driverState(reply.driver)
    case 'not_found':
      throw notFound('driver')
    case 'already_exists':
      throw new Refusal('already_exists', 'There is a driver with this id.')
    case 'key_taken':
      throw new Refusal('idempotency_in_progress', 'A request with this key is under way.')
    default:
      throw runtimeRefusal(reply)
  }
}

export function runtimeRefusal(refused: Refused): Refusal {
  switch (refused.kind) {
    case 'busy':
      return new Refusal('overloaded', 'More is under way than can be done at once.')
    case 'moved':
      return new Refusal('overloaded', 'The work is just being handed over to another thread.')
    case 'unavailable':
      return new Refusal('record_unavailable', 'The record does not answer, so nothing was changed.')
    case 'timeout':
      return new Refusal('timeout', 'There was no answer in time: what was asked may or may not have happened.')
    // A reply of a kind that this version does not know, as a newer node may send.
    default:
      return new Refusal('overloaded', 'The request met another one that changed the same thing.')
  }
}
