/**
 * What a batch writes, as the arrays that the straight statement takes (`straight-commit.ts`), or nothing where its turns meet one another: two of one
 * actor, two claims on one driver, one key twice, two epochs of a shard. Nor
 * where there are more events than that statement is good for.
 */
import type { DriverRow, JournalEvent, JournalTurn, OrderRow } from '../actors/runtime/ports.ts'
import type { DecisionNote, JsonObject, KeyClaim } from '../actors/runtime/turn.ts'
import { decisionFields } from './packed-decision.ts'

/** In the order of the statement's parameters: arrays, or their literals, and one text. */
export type StraightParameters = readonly (string | readonly (string | null)[])[]

interface ShardWrite {
  readonly shard: number
  readonly epoch: number
  n: number
}

interface DriverWrite {
  readonly id: string
  change: number
  claim: { readonly need: number; readonly epoch: number; readonly loadVersion: number } | null
  own: { readonly turn: JournalTurn; readonly row: DriverRow } | null
}

interface OrderWrite {
  readonly id: string
  readonly turn: JournalTurn
  readonly row: OrderRow
}

interface AssignmentWrite {
  readonly id: string
  readonly driver: string
  readonly size: number
}

/** By kind. */
interface Writing {
  readonly shards: Map<number, ShardWrite>
  readonly made: OrderWrite[]
  readonly moved: OrderWrite[]
  readonly silent: { readonly id: string; readonly version: number }[]
  readonly drivers: Map<string, DriverWrite>
  readonly ended: AssignmentWrite[]
  readonly begun: (AssignmentWrite & { readonly offer: string })[]
  /** The turn, and how many events of its shard are before its own. */
  readonly turns: { readonly turn: JournalTurn; readonly before: number }[]
  readonly decisions: DecisionNote[]
  readonly keys: Map<string, KeyClaim>
  readonly actors: Set<string>
}

type Text = (value: unknown) => string

/** An element of an array of texts is found by walking there, so the statement's cost grows with the square of their number. */
const EVENTS_MAX = 2_000

/** @param text  makes JSON of it, as the record is to have it. */
export function straightParameters(
  turns: readonly JournalTurn[],
  text: Text = JSON.stringify,
): StraightParameters | null {
  const lists = { made: [], moved: [], silent: [], ended: [], begun: [], turns: [], decisions: [] }
  const writing: Writing = { ...lists, shards: new Map(), drivers: new Map(), keys: new Map(), actors: new Set() }
  for (const turn of turns) if (!add(writing, turn)) return null

  const shards = [...writing.shards.values()].sort((a, b) => a.shard - b.shard)
  if (shards.reduce((sum, { n }) => sum + n, 0) > EVENTS_MAX) return null
  const silent = sorted(writing.silent)
  const moved = sorted(writing.moved)
  const drivers = sorted([...writing.drivers.values()])
  const ended = sorted(writing.ended)
  // Two that insert the same keys wait for one another, so they do it in the same order.
  const keys = [...writing.keys.values()].sort((a, b) => byText(a.key, b.key))
  return [
    ...shardArrays(shards),
    ...[idsOf(silent), numbers(silent.map(({ version }) => version))],
    ...movedArrays(moved, text),
    ...driverArrays(drivers, text),
    ...[idsOf(ended), texts(ended.map(({ driver }) => driver)), numbers(ended.map(({ size }) => size))],
    ...madeArrays(writing.made, text),
    ...termsArrays(moved, text),
    ...begunArrays(writing.begun),
    ...keyArrays(keys, text),
    ...eventArrays(writing.turns, text),
    ...decisionArrays(writing.decisions, text),
    `${shards.length} ${silent.length} ${moved.length} ${drivers.length} ${ended.length}`,
  ]
}

// ---------------------------------------------------------------- what a batch writes

function add(writing: Writing, turn: JournalTurn): boolean {
  const { row, actorId, versionBefore, events, key, decision } = turn
  const shard = shardOf(writing, turn)
  if (shard === null || !isFirst(writing, turn)) return false
  if (events.length > 0) {
    if (row.kind === 'driver') driverOf(writing, actorId).own = { turn, row }
    else (versionBefore === 0 ? writing.made : writing.moved).push({ id: actorId, turn, row })
    writing.turns.push({ turn, before: shard.n })
    shard.n += events.length
  } else if (row.kind === 'order') writing.silent.push({ id: actorId, version: versionBefore })
  if (key) writing.keys.set(key.key, key)
  if (decision) writing.decisions.push(decision)
  return addLoad(writing, turn)
}

/** @returns null where the batch names two epochs of it. */
function shardOf({ shards }: Writing, { shard, shardEpoch }: JournalTurn): ShardWrite | null {
  const known = shards.get(shard)
  if (known !== undefined) return known.epoch === shardEpoch ? known : null
  const first = { shard, epoch: shardEpoch, n: 0 }
  shards.set(shard, first)
  return first
}

function isFirst({ actors, keys }: Writing, { row, actorId, versionBefore, events, key }: JournalTurn): boolean {
  if (key && keys.has(key.key)) return false
  // Of an order that is not there nothing can be counted.
  if (events.length === 0) return row.kind === 'driver' || versionBefore > 0
  if (row.kind === 'order' && versionBefore === 0 && !isInEvent(events[0], row)) return false
  const actor = `${row.kind} ${actorId}`
  if (actors.has(actor)) return false
  actors.add(actor)
  return true
}

/** Of an order that is made: its terms are those of its first event. */
function isInEvent(first: JournalEvent | undefined, { state: { terms } }: OrderRow): boolean {
  return terms === undefined || first?.data.terms === terms
}

/** @returns false where another turn of the batch claims the same driver. */
function addLoad(writing: Writing, { actorId, claim, release }: JournalTurn): boolean {
  if (release) {
    driverOf(writing, release.driverId).change -= release.size
    writing.ended.push({ id: actorId, driver: release.driverId, size: release.size })
  }
  if (!claim) return true
  const { driverId, offerId, driverEpoch, loadVersion, size } = claim
  const driver = driverOf(writing, driverId)
  if (driver.claim !== null) return false
  driver.change += size
  // What the same order had of it makes room, and nothing else of the batch.
  const need = size - (release?.driverId === driverId ? release.size : 0)
  driver.claim = { need, epoch: driverEpoch, loadVersion }
  writing.begun.push({ id: actorId, driver: driverId, size, offer: offerId })
  return true
}

function driverOf({ drivers }: Writing, id: string): DriverWrite {
  const known = drivers.get(id)
  if (known !== undefined) return known
  const first = { id, change: 0, claim: null, own: null }
  drivers.set(id, first)
  return first
}

// ---------------------------------------------------------------- as arrays

function shardArrays(shards: readonly ShardWrite[]) {
  const each: number[] = []
  for (const { epoch, n } of shards) each.push(epoch, n)
  return [numbers(shards.map(({ shard }) => shard)), numbers(each)]
}

function movedArrays(moved: readonly OrderWrite[], text: Text) {
  const [counts, times, words, states]: [number[], number[], Words, string[]] = [[], [], [], []]
  for (const { turn, row } of moved) {
    counts.push(turn.versionBefore, turn.events.length, isAmended(row) ? 1 : 0)
    times.push(row.dueAtMs, row.updatedAtMs)
    words.push(row.status, row.customerId, row.driverId)
    states.push(text(withoutTerms(row)))
  }
  return [idsOf(moved), numbers(counts), numbers(times), texts(words), documents(states)]
}

function driverArrays(drivers: readonly DriverWrite[], text: Text) {
  const [counts, statuses, states]: [number[], Words, (string | null)[]] = [[], [], []]
  for (const { change, claim, own } of drivers) {
    if (claim === null) counts.push(change, 0, 0, 0, 0)
    else counts.push(change, 1, claim.need, claim.epoch, claim.loadVersion)
    statuses.push(own?.row.status ?? null)
    states.push(own && text(own.row.state))
    if (own === null) counts.push(0, 0, 0, 0, 0, 0)
    else {
      const { versionBefore, driverEpochBefore = Number.NaN, events } = own.turn
      const { homeShard, epoch, capacity } = own.row
      counts.push(events.length, versionBefore, driverEpochBefore, homeShard, epoch, capacity)
    }
  }
  return [idsOf(drivers), numbers(counts), texts(statuses), documents(states)]
}

function madeArrays(made: readonly OrderWrite[], text: Text) {
  const [counts, times, words, states]: [number[], number[], Words, string[]] = [[], [], [], []]
  for (const { turn, row } of made) {
    counts.push(turn.shard, turn.events.length)
    times.push(row.dueAtMs, row.createdAtMs, row.updatedAtMs)
    words.push(row.status, row.customerId, row.driverId, referenceIn(turn))
    states.push(text(withoutTerms(row)))
  }
  return [idsOf(made), numbers(counts), numbers(times), texts(words), documents(states)]
}

/** Terms have a row of their own, which is written when they change. */
function termsArrays(moved: readonly OrderWrite[], text: Text) {
  const amended = moved.filter(({ row }) => isAmended(row))
  return [idsOf(amended), documents(amended.map(({ row }) => text(row.state.terms)))]
}

function isAmended({ state, hasSameTerms }: OrderRow): boolean {
  return state.terms !== undefined && !hasSameTerms
}

function withoutTerms({ state: { terms: _, ...state } }: OrderRow): JsonObject {
  return state
}

function referenceIn({ events: [first] }: JournalTurn): string | null {
  const terms = first?.data.terms
  const reference = typeof terms === 'object' && terms !== null && 'reference' in terms ? terms.reference : null
  return reference === null || reference === undefined ? null : String(reference)
}

function begunArrays(begun: Writing['begun']) {
  const words: string[] = []
  for (const { id, offer, driver } of begun) words.push(id, offer, driver)
  return [texts(words), numbers(begun.map(({ size }) => size))]
}

function keyArrays(keys: readonly KeyClaim[], text: Text) {
  const words: string[] = []
  for (const { key, requestHash } of keys) words.push(key, requestHash)
  return [texts(words), documents(keys.map(({ response }) => text(response)))]
}

function eventArrays(turns: Writing['turns'], text: Text) {
  const [counts, times, words, data]: [number[], number[], string[], string[]] = [[], [], [], []]
  for (const { turn, before } of turns) {
    turn.events.forEach((event, i) => {
      counts.push(turn.shard, before + i + 1, turn.versionBefore + i + 1)
      times.push(event.atMs)
      words.push(turn.row.kind, turn.actorId, event.type)
      data.push(text(event.data))
    })
  }
  return [numbers(counts), numbers(times), texts(words), documents(data)]
}

function decisionArrays(decisions: readonly DecisionNote[], text: Text) {
  const [bodies, packed]: [(string | null)[], (string | null)[]] = [[], []]
  for (const { body } of decisions) {
    const fields = decisionFields(body)
    bodies.push('body' in fields ? text(fields.body) : null)
    packed.push('packed' in fields ? fields.packed : null)
  }
  const ids = texts(decisions.map(({ orderId }) => orderId))
  return [ids, numbers(decisions.map(({ atMs }) => atMs)), documents(bodies), documents(packed)]
}

type Words = (string | null)[]

/** By code units, which for ids are their bytes: the order of `collate "C"`. */
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const sorted = <T extends { readonly id: string }>(rows: readonly T[]): T[] =>
  [...rows].sort((a, b) => byText(a.id, b.id))
const idsOf = (rows: readonly { readonly id: string }[]) => texts(rows.map(({ id }) => id))

/** What is no number must meet the same end as in JSON. */
function numbers(values: readonly number[]): string {
  const text = values.join(',')
  return /[NI]/.test(text)
    ? `{${values.map(value => (Number.isFinite(value) ? value : 'null')).join(',')}}`
    : `{${text}}`
}

/** JSON's spelling of a list of texts is that of an array, but for characters that JSON escapes and an array does not: those go the long way. */
function texts(values: readonly (string | null)[]): string | readonly (string | null)[] {
  const json = JSON.stringify(values)
  return json.includes('\\') ? values : `{${json.slice(1, -1)}}`
}

/** In a JSON text all such characters are escaped already, so of what is left the two spell the same. */
function documents(values: readonly (string | null)[]): string {
  return `{${JSON.stringify(values).slice(1, -1)}}`
}
