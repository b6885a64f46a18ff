/** Guards of prices: no cliffs, people and not questions, stored before used, and fares that only facts change. */
import type { Mutation } from '../mutation.ts'

const ROUND = 'src/domain/surge/next-round.ts'
const AREA = 'src/actors/cell/pricing-area.ts'
const STATE = 'src/actors/cell/pricing-area.state.ts'
const LOG = 'src/store/postgres-price-log.ts'

export const PRICE_GUARDS: readonly Mutation[] = [
  {
    id: 'price-border',
    guard: 'a cell stays below what its neighbour in another metropolis can have fallen to',
    file: ROUND,
    find: 'Math.min(moved, borderOf(cell))',
    replace: 'Math.min(moved, Number.POSITIVE_INFINITY)',
    why: 'two people on both sides of a border see prices far apart',
  },
  {
    id: 'price-envelope',
    guard: 'the lower envelope of the wishes',
    file: ROUND,
    find: 'const field = lowered({ wishes, stepPermille: rules.stepPermille, isInside })',
    replace: 'const field = lowered({ wishes, stepPermille: 1_000_000, isInside })',
    why: 'two streets that share a corner have prices far apart',
  },
  {
    id: 'price-move',
    guard: 'a cell rises by at most a move',
    file: ROUND,
    find: 'was - fallPermille, was + rules.movePermille)',
    replace: 'was - fallPermille, was + 1_000_000)',
    why: 'a price jumps from one round to the next',
  },
  {
    id: 'price-log-off',
    guard: 'whoever has left in a mass log-off counts whole',
    file: ROUND,
    find: 'isFlagged(count.cell) ? count.left * 1_000 : count.leftPermille',
    replace: 'isFlagged(count.cell) ? count.leftPermille : count.leftPermille',
    why: 'drivers who log off together raise the price',
  },
  {
    id: 'price-stored-first',
    guard: 'a round is used once the record has it',
    file: AREA,
    find: "  return turn([asking('store')], [priceLog(round)])\n",
    replace:
      "  return turn([{ type: 'record', prices: { ...prices, last: round } }, asking('store')], [priceLog(round)])\n",
    why: 'a price is quoted from a round that a crash forgets',
  },
  {
    id: 'price-once',
    guard: 'a round that the record has is not computed again',
    file: AREA,
    find: '  if (last && last.round >= roundAt(nowMs, rules)) return NOTHING\n',
    replace: '',
    why: 'a zombie computes rounds for ever, each refused by the record',
  },
  {
    id: 'price-people',
    guard: 'a person counts once',
    file: STATE,
    find: 'putLast(state.askers, event.asker, {',
    replace: 'putLast(state.askers, event.asker + state.askers.size, {',
    why: 'whoever looks at a price again and again raises it',
  },
  {
    id: 'price-fence',
    guard: 'the epoch of the shard is checked when a round is stored',
    file: LOG,
    find: ' for share\n',
    replace: ' or true for share\n',
    why: 'a former owner stores a round over its successor’s',
  },
  {
    id: 'price-late-round',
    guard: 'no round is stored behind a later one',
    file: LOG,
    find: 'and round >= ',
    replace: 'and round = ',
    why: 'the history of an area runs backwards',
  },
  {
    id: 'fare-waiting-once',
    guard: 'waiting is charged with the departure from the pickup',
    file: 'src/actors/order/order.adjust.ts',
    find: "if (!pricing || !state.assignment || next !== 'en_route_to_dropoff') return []",
    replace: 'if (!pricing || !state.assignment) return []',
    why: 'a fare grows with every step of the trip',
  },
]
