/**
 * What the lease decider asks of the bucket, carried out. A call that is not answered within `CALL_MAX_MS` is taken as unanswered,
 * and its answer, should it come, is not heard.
 */
import {
  type Membership,
  MembershipUnansweredError,
  type MembershipWrite,
} from '../../actors/runtime/membership-port.ts'
import type { Clock } from '../../actors/runtime/ports.ts'
import { CALL_MAX_MS } from './limits.ts'
import type { MembershipEffect, MembershipMessage, OwnAnswer, OwnCall } from './membership.messages.ts'
import type { NodeId } from './types.ts'

export interface LeaseCallsParts {
  readonly node: NodeId
  readonly clock: Clock
  readonly membership: Membership
  readonly onTrouble: (sentence: string) => void
  readonly onError: (error: unknown) => void
}

export class LeaseCalls {
  readonly #parts: LeaseCallsParts
  readonly #lead: (message: MembershipMessage) => void

  /** @param lead  hears the answers. */
  constructor(parts: LeaseCallsParts, lead: (message: MembershipMessage) => void) {
    this.#parts = parts
    this.#lead = lead
  }

  perform(effect: MembershipEffect): void {
    const { membership, node } = this.#parts
    switch (effect.kind) {
      case 'own': {
        const { call } = effect
        this.#ask(this.#ownAnswer(call), { kind: 'unanswered' }, answer => this.#lead({ kind: 'own', call, answer }))
        break
      }
      case 'try': {
        const tried: Promise<MembershipWrite | null> = membership.create(effect.node, effect.value)
        this.#ask(tried, null, write => {
          if (write?.kind === 'written')
            this.#parts.onTrouble(`The lease of ${effect.node} has lapsed; ${node} noted it.`)
          this.#lead({ kind: 'tried', node: effect.node, write })
        })
        break
      }
      case 'list':
        this.#ask(membership.entries(), null, entries => this.#lead({ kind: 'listed', entries }))
        break
      case 'trouble':
        this.#parts.onTrouble(effect.sentence)
        break
    }
  }

  async #ownAnswer(call: OwnCall): Promise<OwnAnswer> {
    const { membership, node } = this.#parts
    switch (call.kind) {
      case 'create':
        return { kind: 'write', write: await membership.create(node, call.value) }
      case 'update':
        return { kind: 'write', write: await membership.update(node, call.value, call.revision) }
      case 'delete':
        return { kind: 'write', write: await membership.delete(node, call.revision) }
      case 'get':
        return { kind: 'entry', entry: await membership.get(node) }
    }
  }

  /** Tells the answer, or `unanswered` after `CALL_MAX_MS`: one of them, once. */
  #ask<T>(request: Promise<T>, unanswered: T, tell: (answer: T) => void): void {
    let isTold = false
    const once = (answer: T) => {
      if (isTold) return
      isTold = true
      cancel()
      tell(answer)
    }
    const cancel = this.#parts.clock.after(CALL_MAX_MS, () => once(unanswered))
    request.then(once, error => {
      if (!(error instanceof MembershipUnansweredError)) this.#parts.onError(error)
      once(unanswered)
    })
  }
}
