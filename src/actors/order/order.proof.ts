/**
 * Proof of delivery: an order that asks for it is delivered with it, or by a dispatcher who says why not.
 *
 * Wrong PINs are counted in the journal before they are answered, so neither a crash nor many requests at once give a further try:
 * the order takes one turn after the other. A try whose commit had an unknown outcome may count twice, never not at all.
 */
import {
  isSamePin,
  missingProof,
  PIN_TRIES_MAX,
  type ProofClaim,
  type ProofGiven,
} from '../../domain/delivery-proof.ts'
import type { Turn } from '../runtime/turn.ts'
import { turn } from '../runtime/turn.ts'
import { answer, changed, type OrderContext } from './order.effects.ts'
import type { OrderCommand, OrderEvent } from './order.messages.ts'
import type { Actor, OrderState } from './order.state.ts'

type MoveOn = OrderCommand & { kind: 'order.status' }

/** Whose word counts instead of a proof. */
const MAY_WAIVE: readonly Actor['role'][] = ['dispatcher', 'admin', 'service']

/** @returns the turn that refuses the step, or null where nothing is in its way. */
export function unproven(state: OrderState, message: MoveOn, context: OrderContext): Turn<OrderEvent> | null {
  const required = state.terms.proof
  const { replyTo, proof = null } = message
  if (message.status !== 'delivered' || !required || isWaived(message)) return null
  const missing = missingProof(required, proof)
  if (missing.length > 0) return turn([], answer(replyTo, { kind: 'proof_required', missing }))
  if (required.pin === undefined) return null
  if (pinTriesLeft(state) === 0) return turn([], answer(replyTo, { kind: 'pin_locked' }))
  return isSamePin(proof?.pin ?? '', required.pin) ? null : wrongPin(state, message, context)
}

function wrongPin(state: OrderState, { by, replyTo }: MoveOn, context: OrderContext): Turn<OrderEvent> {
  const event: OrderEvent = { type: 'pin_refused', atMs: context.nowMs, by }
  return changed(state, [event], undefined, context, after => ({
    effects: answer(replyTo, { kind: 'pin_wrong', triesLeft: pinTriesLeft(after) }),
  }))
}

export function pinTriesLeft({ pinsRefused = 0 }: OrderState): number {
  return Math.max(0, PIN_TRIES_MAX - pinsRefused)
}

/** What is recorded with the step: whatever was handed in, whether or not it was asked for. */
export function proofGiven(state: OrderState, message: MoveOn): { readonly proof?: ProofGiven } {
  const { proof = null, status } = message
  if (status !== 'delivered' || proof === null) return {}
  const { photo, signature } = proof
  const waivedBecause = isWaived(message) ? proof.waivedBecause : null
  const pin = state.terms.proof?.pin !== undefined && waivedBecause === null
  return { proof: { pin, photo, signature, waivedBecause } }
}

function isWaived({ by, proof }: { readonly by: Actor; readonly proof?: ProofClaim }): boolean {
  return MAY_WAIVE.includes(by.role) && (proof?.waivedBecause ?? null) !== null
}
