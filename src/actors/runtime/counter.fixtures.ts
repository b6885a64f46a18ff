/**
 * The smallest actor with a record, for tests of the runtime: it adds numbers, each once, and says what it has. Kept as an
 * order; its id names its shard.
 */
import type { CellId, OrderId, ShardId, UnixMs } from '../../domain/ids.ts'
import type { ActorKind, ActorKinds, AnyActorKind } from './actor.ts'
import type { Address, Envelope, Message, ReplyTo } from './envelope.ts'
import { Host } from './host.ts'
import { MemoryNet } from './memory/memory-bus.ts'
import { type JournalFate, MemoryJournal } from './memory/memory-journal.ts'
import { MemoryHistory, MemoryLocationLog } from './memory/memory-location-log.ts'
import { MemoryPriceLog, MemoryPrices } from './memory/memory-price-log.ts'
import { MemoryRecord } from './memory/memory-record.ts'
import { VirtualClock } from './memory/virtual-clock.ts'
import { envelopeTo } from './router.ts'
import {
  asJson,
  type JsonObject,
  publish,
  reply,
  setTimer,
  type TimerFired,
  type Turn,
  turn,
  unhurried,
  type WriteRefused,
} from './turn.ts'

/** Ids name their shards: 1 of these, */
export const ONE = 'ord_01a'
export const TWO = 'ord_01b'
/** and 2 of this one. */
export const ELSEWHERE = 'ord_02a'
export const place = (what: string) => ({ kind: 'order.place', what })
export const add = (what: string) => ({ kind: 'add', what })
export const READ = { kind: 'read' }

export interface Counter {
  readonly added: readonly string[]
  readonly version: number
  readonly isOver: boolean
  readonly changedAtMs: UnixMs
  /** Volatile: who is told what it has with the next that is added. */
  readonly listeners: readonly ReplyTo[]
}

export type CounterMessage =
  | { readonly kind: 'add' | 'end'; readonly what: string; readonly replyTo?: ReplyTo }
  /** As `add`; it is all the same to everybody when. */
  | { readonly kind: 'note'; readonly what: string; readonly replyTo?: ReplyTo }
  | { readonly kind: 'order.place'; readonly what: string; readonly replyTo?: ReplyTo; readonly key?: string }
  | { readonly kind: 'read' | 'throw' | 'reload' | 'listen'; readonly replyTo?: ReplyTo }
  | { readonly kind: 'wake'; readonly afterMs: number }
  | { readonly kind: 'tell'; readonly other: Address; readonly what: string; readonly lasts?: true }
  | TimerFired
  | WriteRefused<Message>

export type CounterEvent =
  | { readonly type: 'added' | 'ended'; readonly atMs: UnixMs; readonly what: string }
  | { readonly type: 'listens'; readonly atMs: UnixMs; readonly to: ReplyTo }

function decide(state: Counter | null, message: CounterMessage, nowMs: UnixMs): Turn<CounterEvent> {
  switch (message.kind) {
    case 'order.place':
    case 'add':
    case 'end':
      return added(state, message, nowMs)
    case 'note':
      return unhurried(added(state, message, nowMs))
    case 'read':
      return turn([], reply(message.replyTo, asJson({ added: state?.added ?? null })))
    case 'listen':
      return turn(message.replyTo ? [{ type: 'listens', atMs: nowMs, to: message.replyTo }] : [])
    case 'reload':
      return turn([], [{ kind: 'reload' }])
    case 'throw':
      throw new Error('a decider broke')
    case 'wake':
      return turn([], [setTimer('wake', nowMs + message.afterMs)])
    case 'tell':
      return turn(message.lasts ? [{ type: 'added', atMs: nowMs, what: `told ${message.what}` }] : [], [
        { kind: 'send', to: message.other, class: 'vital', message: asMessage('add', message.what) },
      ])
    case 'timer':
      return turn([{ type: 'added', atMs: nowMs, what: `${message.name} ${nowMs}` }])
    case 'write_refused':
      return turn([], reply(message.message.replyTo, { kind: message.reason }))
  }
}

function added(
  state: Counter | null,
  message: CounterMessage & { what: string; replyTo?: ReplyTo },
  nowMs: UnixMs,
): Turn<CounterEvent> {
  const { what, kind } = message
  if (state?.added.includes(what)) return turn([], reply(message.replyTo, asJson({ again: what })))
  const writes = 'key' in message && message.key ? { key: { key: message.key, requestHash: '', response: {} } } : {}
  const type = kind === 'end' ? 'ended' : 'added'
  const told = (state?.listeners ?? []).flatMap(to => reply(to, asJson({ heard: what })))
  return turn([{ type, atMs: nowMs, what }], [...reply(message.replyTo, asJson({ done: what })), ...told], writes)
}

function asMessage(kind: string, what: string): Message {
  return { kind, what } as Message
}

const NEW: Counter = { added: [], version: 0, isOver: false, changedAtMs: 0, listeners: [] }

function evolved(state: Counter, event: CounterEvent): Counter {
  if (event.type === 'listens') return { ...state, listeners: [...state.listeners, event.to] }
  const { added, version } = state
  const isOver = event.type === 'ended'
  return { added: [...added, event.what], version: version + 1, isOver, changedAtMs: event.atMs, listeners: [] }
}

export const counterKind: ActorKind<Counter, CounterMessage, CounterEvent> = {
  name: 'order',
  decide,
  evolve: (state, event) => evolved(state ?? NEW, event),
  isDurable: event => event.type !== 'listens',
  askersOf: state => state.listeners,
  resume: (state, nowMs) => [
    publish('counter', 'added', asJson({ added: state.added })),
    ...(state.added.includes('wake me') ? [setTimer('resumed', nowMs + 10)] : []),
  ],
  canRest: state => state.isOver,
  initial: () => null,
  record: {
    kind: 'order',
    versionOf: state => state.version,
    toEvent: ({ type, atMs, ...data }) => ({ type, atMs, data: asJson(data) }),
    isBirth: message => message.kind === 'order.place',
    toRow: state => ({
      kind: 'order',
      status: state.isOver ? 'delivered' : 'placed',
      customerId: null,
      driverId: null,
      dueAtMs: 0,
      createdAtMs: 0,
      updatedAtMs: state.changedAtMs,
      state: asJson({ ...state, listeners: [] }),
    }),
    fromStored: stored => {
      if ((stored.state.added as string[]).includes('unreadable')) throw new Error('a row that cannot be read')
      return stored.state as unknown as Counter
    },
  },
}

/** Cells are without a record: the same decider, and nothing of it lasts. */
const forgetfulKind: ActorKind<Counter, CounterMessage, CounterEvent> = {
  ...counterKind,
  name: 'matching',
  isDurable: () => false,
  initial: (_: string | CellId) => NEW,
  record: null,
}

const KINDS = { order: counterKind, driver: counterKind, matching: forgetfulKind, pricing: forgetfulKind }

/** Hosts of counters on one record. */
export class Counters {
  readonly clock = new VirtualClock({ startMs: Date.UTC(2026, 0, 5, 12) })
  readonly record = new MemoryRecord({ nowMs: () => this.clock.nowMs() })
  readonly net = new MemoryNet(this.clock)
  readonly replies: { askId: number; body: JsonObject }[] = []
  /** What was told to watchers. */
  readonly told: JsonObject[] = []
  readonly lost: { shard: ShardId; cause: 'fenced' | Error }[] = []
  readonly errors: unknown[] = []
  /** What came between actors for a shard that its host did not serve. */
  readonly strays: Envelope[] = []
  /** What becomes of the next commits. */
  readonly fates: JournalFate[] = []
  /** Of every request, as long as it is set. */
  isDown = false
  /** By so much the clock of the hosts is ahead. */
  aheadMs = 0
  /** How long a page of open orders takes; it is read half-way. */
  pageMs = 2

  constructor() {
    this.net.outside = {
      onReply: (to, body) => this.replies.push({ askId: to.askId, body }),
      onPublish: (_topic, _type, data) => this.told.push(data),
    }
  }

  journal(): MemoryJournal {
    return new MemoryJournal({
      record: this.record,
      clock: this.clock,
      latencyMs: ({ method }) => (method === 'openOrders' ? this.pageMs : 2),
      before: ({ method }) => (this.isDown ? 'unavailable' : method === 'commit' ? (this.fates.shift() ?? 'ok') : 'ok'),
    })
  }

  async host(...shards: number[]): Promise<Host> {
    const { clock } = this
    const history = new MemoryHistory()
    const host = new Host({
      clock: { nowMs: () => clock.nowMs() + this.aheadMs, after: (ms, fire) => clock.after(ms, fire) },
      journal: this.journal(),
      locations: new MemoryLocationLog({ history, clock, retentionDays: 30 }),
      prices: new MemoryPriceLog({ prices: new MemoryPrices(() => 1), clock }),
      bus: this.net.bus(),
      kinds: KINDS as unknown as Record<keyof ActorKinds, AnyActorKind>,
      onShardLost: (shard, cause) => this.lost.push({ shard, cause }),
      onStray: envelope => this.strays.push(envelope),
      onError: error => this.errors.push(error),
    })
    await this.open(host, ...shards)
    this.net.attach(host)
    return host
  }

  async open(host: Host, ...shards: number[]): Promise<void> {
    const served = shards as ShardId[]
    const epochs = this.record.takeShards(served, 'test')
    await this.clock.settle(host.open(served.map((shard, i) => ({ shard, epoch: epochs[i] ?? 0 }))))
  }

  /** @returns what was answered within a second; undefined where nothing was. */
  ask(host: Host, id: string, message: object, more: object = {}): JsonObject | undefined {
    const askId = this.send(host, id, message, more)
    this.clock.advance(1_000)
    return this.answerTo(askId)
  }

  send(host: Host, id: string, message: object, more: object = {}): number {
    const askId = ++this.#asks
    const asked = { ...message, replyTo: { gateway: 'test', askId } } as unknown as Message
    host.receive({ ...envelopeTo(counter(id), asked, 'command'), ...more })
    return askId
  }

  answerTo(askId: number): JsonObject | undefined {
    return this.replies.find(r => r.askId === askId)?.body
  }

  /** Something for the actor that nobody waits for. */
  note(host: Host, id: string, what: string): void {
    host.receive(envelopeTo(counter(id), { kind: 'note', what } as Message, 'vital'))
  }

  stored(id: string): unknown {
    return this.record.orders().find(o => o.orderId === (id as OrderId))?.state.added
  }

  /** As another host would that has the actor, too. */
  addFromOutside(id: string, what: string): void {
    const stored = this.record.orders().find(o => o.orderId === id)
    if (!stored) throw new Error(`no ${id}`)
    const event: CounterEvent = { type: 'added', atMs: this.clock.nowMs(), what }
    const { record } = counterKind
    if (record?.kind !== 'order') throw new Error('a counter is kept as an order')
    const row = record.toRow(counterKind.evolve(record.fromStored(stored), event), null)
    const { orderId: actorId, shard, version: versionBefore } = stored
    this.record.commit([{ shard, shardEpoch: 1, actorId, versionBefore, events: [record.toEvent(event)], row }])
  }

  #asks = 0
}

/** `ord_01…` lives on shard 1. */
export function counter(id: string): Address {
  return { kind: 'order', id, shard: Number(id.slice(4, 6)) as ShardId }
}
