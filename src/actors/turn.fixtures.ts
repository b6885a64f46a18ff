/** A turn in one line, for tables: `*event`, `!write`, `=reply`, `>message`, `!round`, `?record`, in the order in which they are done. */
import type { Effect, Turn } from './runtime/turn.ts'

export function summary(turn: Turn<{ readonly type: string }>): string {
  const writes = Object.keys(turn.writes).map(write => `!${write}`)
  return [...turn.events.map(event => `*${event.type}`), ...writes, ...turn.effects.flatMap(shown)].join(' ')
}

/** `~` to the driver's phone. Timers and what is published for whoever watches are left out. */
function shown(effect: Effect): readonly string[] {
  switch (effect.kind) {
    case 'send':
      // Whatever an order tells the matching cell it tells the prices, too: `order.demand.test.ts`.
      return effect.message.kind === 'pricing.waiting' ? [] : [`>${effect.message.kind}`]
    case 'reply':
      return [`=${String(effect.body.kind)}`]
    case 'publish':
      return effect.topic.startsWith('phone:') ? [`~${effect.type}`] : []
    case 'price_log':
      return [effect.round === null ? '?record' : '!round']
    case 'reload':
    case 'move':
      return [effect.kind]
    case 'set_timer':
    case 'clear_timer':
      return []
  }
}

export function repliesOf(turn: Turn<unknown>): readonly unknown[] {
  return turn.effects.flatMap(effect => (effect.kind === 'reply' ? [effect.body] : []))
}

export function sentBy(turn: Turn<unknown>): readonly { readonly kind: string }[] {
  return turn.effects.flatMap(effect => (effect.kind === 'send' ? [effect.message] : []))
}
