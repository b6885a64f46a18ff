/** Carries out what a committed turn asks of the world. */
import type { ShardId } from '../../domain/ids.ts'
import type { Bus } from './ports.ts'
import type { PriceLane } from './price-lane.ts'
import type { Router } from './router.ts'
import type { Slot } from './slot.ts'
import { clearTimer, type Timers } from './timers.ts'
import type { TraceContext } from './tracing.ts'
import type { Effect } from './turn.ts'

export interface EffectsParts {
  readonly router: Router
  readonly bus: Bus
  readonly timers: Timers<Slot>
  readonly prices: PriceLane
  readonly reload: (slot: Slot) => void
  readonly move: (slot: Slot, toShard: ShardId) => void
}

export class Effects {
  readonly #parts: EffectsParts

  constructor(parts: EffectsParts) {
    this.#parts = parts
  }

  /**
   * In their order. `reload` and `move` end the actor's life in memory, so a decider puts them last.
   * @param trace  of the turn that they are of.
   */
  perform(slot: Slot, effects: readonly Effect[], trace?: TraceContext): void {
    const { router, bus, timers, prices, reload, move } = this.#parts
    for (const effect of effects) {
      if (slot.phase === 'gone') return
      switch (effect.kind) {
        case 'send':
          router.send(effect.to, effect.message, effect.class, trace)
          break
        case 'reply':
          bus.reply(effect.to, effect.body)
          break
        case 'publish':
          bus.publish(effect.topic, effect.type, effect.data)
          break
        case 'set_timer':
          timers.set(slot, effect.name, effect.atMs)
          break
        case 'clear_timer':
          clearTimer(slot, effect.name)
          break
        case 'price_log':
          prices.run(slot, effect.round)
          break
        case 'reload':
          reload(slot)
          break
        case 'move':
          move(slot, effect.toShard)
          break
      }
    }
  }

  /**
   * Of an actor that is not here any more: its shard was dropped while the turn was with the record. The turn is
   * committed, so whoever waits for its answer gets it, and other actors hear of it: that an order is over is told to its driver by
   * nobody else. Everything that is to last is derived again where the shard is served next.
   */
  tellOnly(effects: readonly Effect[], trace?: TraceContext): void {
    const { router, bus } = this.#parts
    for (const effect of effects) {
      if (effect.kind === 'reply') bus.reply(effect.to, effect.body)
      else if (effect.kind === 'send') router.send(effect.to, effect.message, effect.class, trace)
    }
  }
}
