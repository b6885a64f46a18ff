/**
 * The pricing actor of a metropolis: counts who asks for prices and orders, and which drivers there are, in each of its
 * price cells, and computes a round of surge from them once a minute.
 *
 * A price is only ever answered from a round that is stored. When a round is due the actor first asks the record for the
 * last one, computes the next from that, has it stored, and goes on from whatever the record has then. So a crash, a
 * move to another thread, a second actor that does not know yet that it was replaced, or a lost answer never make two
 * prices of one round: the record has one row per area and round, and refuses a shard's former owner. While it does not
 * answer, the last stored round goes on.
 */
import type { CellId, UnixMs } from '../../domain/ids.ts'
import { digestsOf, emptyDigest } from '../../domain/surge/border.ts'
import { nextRound, roundAt } from '../../domain/surge/next-round.ts'
import { type CellSurge, NEUTRAL_PERMILLE, type SurgeRound } from '../../domain/surge/surge-round.ts'
import type { AreaPrices } from '../runtime/ports.ts'
import { asJson, type Effect, NOTHING, publish, reply, setTimer, type Turn, turn } from '../runtime/turn.ts'
import { toPricing } from '../send.ts'
import type { DispatchSettings } from '../settings.ts'
import { countsOf } from './pricing-area.counts.ts'
import type { CellPrice, PricingMessage, PricingReply } from './pricing-area.messages.ts'
import { byCell, isQuiet, type PricingAreaEvent, type PricingAreaState, rulesOf } from './pricing-area.state.ts'

type PricingTurn = Turn<PricingAreaEvent>

/** Asked for while the record has not said its first word; more are refused. */
const WAITING_MAX = 1_000
const ASK_AGAIN_MS = 1_000

/** One turn of a pricing area. Pure: reads no clock and does no I/O. */
export function decide(
  state: PricingAreaState,
  message: PricingMessage,
  nowMs: UnixMs,
  settings: DispatchSettings,
): PricingTurn {
  switch (message.kind) {
    case 'pricing.quote': {
      const { asker, cell } = message
      return begun(
        state,
        nowMs,
        joined(turn([{ type: 'asked', asker, cell, atMs: nowMs }]), priced(state, message, [cell])),
      )
    }
    case 'pricing.read':
      return begun(state, nowMs, priced(state, message, message.cells))
    case 'pricing.waiting': {
      const { asker, cell } = message
      return begun(state, nowMs, turn([{ type: 'asked', asker, cell, atMs: nowMs }]))
    }
    case 'pricing.driver': {
      const { driverId, cell, is } = message
      return begun(state, nowMs, turn([{ type: 'driver', driverId, cell, is, atMs: nowMs }]))
    }
    case 'pricing.border':
      return begun(state, nowMs, turn([{ type: 'digest', digest: message.digest }]))
    case 'pricing.record':
      return recorded(state, message.prices, nowMs, settings)
    case 'pricing.no_record':
      return unrecorded(state, nowMs)
    case 'timer':
      return message.name === 'round' ? roundDue(state, nowMs) : again(state)
  }
}

// ---------------------------------------------------------------- answers

/** From the last stored round; where the record has not said yet what that is, the answer waits for it. */
function priced(
  state: PricingAreaState,
  { replyTo: to }: PricingMessage & { kind: 'pricing.quote' | 'pricing.read' },
  cells: readonly CellId[],
): PricingTurn {
  if (!to) return NOTHING
  if (state.prices) return turn([], reply(to, asJson(surgeOf({ last: state.prices.last, cells: state.cells }, cells))))
  if (state.waiting.length >= WAITING_MAX) return turn([], reply(to, asJson({ kind: 'busy' } satisfies PricingReply)))
  return turn([{ type: 'waits', to, cells }])
}

interface Stored {
  readonly last: SurgeRound | null
  readonly cells: ReadonlyMap<CellId, CellSurge>
}

function surgeOf({ last, cells }: Stored, wanted: readonly CellId[]): PricingReply {
  return { kind: 'surge', round: last?.round ?? 0, cells: wanted.map(cell => cellPrice(cell, cells.get(cell))) }
}

function cellPrice(cell: CellId, surge: CellSurge | undefined): CellPrice {
  return {
    cell,
    multiplierPermille: surge?.multiplierPermille ?? NEUTRAL_PERMILLE,
    demand: surge?.demand ?? 0,
    supply: Math.round((surge?.supplyPermille ?? 0) / 100) / 10,
  }
}

// ---------------------------------------------------------------- rounds

/** The first message asks the record where things stand; each one sees to it that a round comes. */
function begun(state: PricingAreaState, nowMs: UnixMs, then: PricingTurn): PricingTurn {
  const start = state.prices === null && state.asking === 'nothing' ? turn([asking('last')], [priceLog(null)]) : NOTHING
  return joined(joined(start, then), state.roundAtMs === 0 ? armed(state.prices, nowMs) : NOTHING)
}

function armed(prices: AreaPrices | null, nowMs: UnixMs): PricingTurn {
  const atMs = nextRoundAtMs(prices, nowMs)
  return turn([{ type: 'armed', atMs }], [setTimer('round', atMs)])
}

function nextRoundAtMs(prices: AreaPrices | null, nowMs: UnixMs): UnixMs {
  const roundMs = rulesOf(prices).roundS * 1_000
  return (Math.floor(nowMs / roundMs) + 1) * roundMs
}

function roundDue(state: PricingAreaState, nowMs: UnixMs): PricingTurn {
  // A timer may be early by a hair, and a round has one number.
  if (nowMs < state.roundAtMs) return turn([], [setTimer('round', state.roundAtMs)])
  if (isQuiet(state)) return turn([{ type: 'armed', atMs: 0 }])
  // The record has not answered the last question yet: this round is left out.
  if (state.asking !== 'nothing') return armed(state.prices, nowMs)
  const asked = turn<PricingAreaEvent>([{ type: 'pruned', atMs: nowMs }, asking('round')], [priceLog(null)])
  return joined(asked, armed(state.prices, nowMs))
}

function recorded(state: PricingAreaState, prices: AreaPrices, nowMs: UnixMs, settings: DispatchSettings): PricingTurn {
  const after = { last: prices.last, cells: byCell(prices.last) }
  const told = turn<PricingAreaEvent>(
    [{ type: 'record', prices }, asking('nothing'), { type: 'answered' }],
    [
      ...state.waiting.flatMap(({ to, cells }) => reply(to, asJson(surgeOf(after, cells)))),
      ...(state.prices ? changes(state.cells, after) : []),
      ...(state.asking === 'store' ? borders(state.cells, prices, settings) : []),
    ],
  )
  // The rules may be new, and their rounds shorter.
  const rearmed = state.roundAtMs > nextRoundAtMs(prices, nowMs) ? armed(prices, nowMs) : NOTHING
  const all = joined(told, rearmed)
  return state.asking === 'round' ? joined(all, computed(state, prices, nowMs)) : all
}

/** The next round after the one that the record has; nothing where somebody else has stored it. */
function computed(state: PricingAreaState, prices: AreaPrices, nowMs: UnixMs): PricingTurn {
  const { last, rulesetVersion } = prices
  const rules = rulesOf(prices)
  if (last && last.round >= roundAt(nowMs, rules)) return NOTHING
  const { area, digests } = state
  const counts = countsOf(state, nowMs, rules)
  const round = nextRound({ area, nowMs, previous: last, counts, digests, rulesetVersion, rules })
  return turn([asking('store')], [priceLog(round)])
}

function unrecorded(state: PricingAreaState, nowMs: UnixMs): PricingTurn {
  const refused = state.waiting.flatMap(({ to }) => reply(to, asJson({ kind: 'unavailable' } satisfies PricingReply)))
  const retry = state.prices === null ? [setTimer('again', nowMs + ASK_AGAIN_MS)] : []
  return turn([asking('nothing'), { type: 'answered' }], [...refused, ...retry])
}

function again(state: PricingAreaState): PricingTurn {
  if (state.prices !== null || state.asking !== 'nothing') return NOTHING
  return turn([asking('last')], [priceLog(null)])
}

// ---------------------------------------------------------------- who is told

/** Watchers of a cell hear of a new multiplier. */
function changes(before: ReadonlyMap<CellId, CellSurge>, after: Stored): Effect[] {
  const round = after.last?.round ?? 0
  return [...new Set([...before.keys(), ...after.cells.keys()])].flatMap(cell => {
    const now = cellPrice(cell, after.cells.get(cell))
    if (now.multiplierPermille === (before.get(cell)?.multiplierPermille ?? NEUTRAL_PERMILLE)) return []
    const { multiplierPermille, demand, supply } = now
    return [publish(`cell:${cell}`, 'surge', { cell, multiplier: multiplierPermille / 1_000, demand, supply, round })]
  })
}

/** The metropolises beside this one hear of each round, and once more when the border is neutral again. */
function borders(before: ReadonlyMap<CellId, CellSurge>, prices: AreaPrices, { shards }: DispatchSettings): Effect[] {
  const { last } = prices
  if (!last) return []
  const rules = rulesOf(prices)
  const digests = digestsOf(last, rules)
  const former: SurgeRound = { ...last, cells: [...before.values()] }
  for (const to of digestsOf(former, rules).keys()) if (!digests.has(to)) digests.set(to, emptyDigest(last, rules))
  return [...digests].map(([to, digest]) => toPricing(to, shards, { kind: 'pricing.border', digest }))
}

// ---------------------------------------------------------------- leaves

function asking(what: PricingAreaState['asking']): PricingAreaEvent {
  return { type: 'asking', asking: what }
}

function priceLog(round: SurgeRound | null): Effect {
  return { kind: 'price_log', round }
}

function joined(first: PricingTurn, second: PricingTurn): PricingTurn {
  return turn([...first.events, ...second.events], [...first.effects, ...second.effects])
}

/** Nothing counted here matters any more, and every price is neutral. */
export function canRest(state: PricingAreaState): boolean {
  return state.asking === 'nothing' && state.waiting.length === 0 && state.roundAtMs === 0 && isQuiet(state)
}
