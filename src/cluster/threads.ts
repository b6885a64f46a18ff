/**
 * The worker threads of one node, seen from the gateway's thread: kept for the node's life, one endless piscina task
 * each, and the hub of their messages. Parcels between workers pass through here unread.
 *
 * Supervision: the promise of a task is the life of its thread. When it fails, the same worker is started anew on a fresh
 * thread, and whoever deals the shards out is told what it had served. Parcels for a worker that is not up are dropped, and counted:
 * askers time out, positions are sent again by the gateway, and actors repeat what they need, as they would for any
 * lost message.
 *
 * Which shards a node serves is not decided here but by a `ShardKeeper`; a shard always goes to the same worker.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import Piscina from 'piscina'
import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import type { ShardGrant } from '../actors/runtime/host.ts'
import type { LogFields, LogLevel, LogSink } from '../actors/runtime/log.ts'
import type { Clock, IntakeItem } from '../actors/runtime/ports.ts'
import { type OrderId, type ShardId, shardOfOrder } from '../domain/ids.ts'
import {
  drainFrame,
  dropFrame,
  membersFrame,
  openFrame,
  readAskId,
  readLog,
  readLost,
  readOpened,
  readStats,
  servedFrame,
  type WorkerStats,
} from './control-frames.ts'
import { decodeBatch, FRAME, type Frame } from './frames.ts'
import { ShardOpenings } from './shard-openings.ts'
import { type Parcel, TO_GATEWAY } from './worker-bus.ts'
import { workerOf } from './worker-loop.ts'
import { WorkerSlot } from './worker-slot.ts'

/** What a thread is started with; must be cloneable. */
export interface WorkerTask<S> {
  readonly worker: number
  readonly workers: number
  readonly settings: S
  readonly port: MessagePort
}

export interface ThreadsOptions<S> {
  /** The module whose default export runs one worker: `(task: WorkerTask<S>) => Promise<void>`. */
  readonly filename: string
  readonly workers: number
  readonly settings: S
  readonly clock: Clock
  /** Frames for the gateway. */
  readonly onFrame: (frame: Frame) => void
  /** A worker has died, with all that it served: what was under way to it is lost. */
  readonly onDown: (worker: number, shards: readonly ShardId[]) => void
  /** A worker runs on a fresh thread and serves nothing yet. */
  readonly onUp: (worker: number) => void
  readonly onServed: (shards: readonly ShardId[]) => void
  /** A host has dropped a shard by itself. */
  readonly onShardLost: (shard: ShardId, cause: 'fenced' | 'failed') => void
  /** What an operator should read: a thread that died, a shard that failed, and whatever the threads say, with their number. */
  readonly onTrouble: LogSink
}

const RESTART_AFTER_MS = 100

export class Threads<S> {
  readonly #options: ThreadsOptions<S>
  readonly #pool: Piscina
  readonly #slots: WorkerSlot[]
  readonly #served = new Map<ShardId, number>()
  readonly #openings = new ShardOpenings()
  /** Of each `open` that is under way, what was dropped meanwhile. */
  readonly #droppedMeanwhile = new Set<Set<ShardId>>()
  #members: readonly string[] | null = null
  #restarts = 0
  #batchesDropped = 0
  #stopping = false

  constructor(options: ThreadsOptions<S>) {
    this.#options = options
    const { workers, filename, clock } = options
    this.#pool = new Piscina({
      filename,
      minThreads: workers,
      maxThreads: workers,
      concurrentTasksPerWorker: 1,
      // Threads are never idle: waiting on a futex would only stop their event loops.
      atomics: 'disabled',
    })
    this.#slots = Array.from({ length: workers }, (_, index) => new WorkerSlot(index, clock))
  }

  start(): void {
    for (const slot of this.#slots) this.#startWorker(slot)
  }

  get workers(): number {
    return this.#slots.length
  }

  get workersUp(): number {
    return this.#slots.filter(s => s.isUp).length
  }

  get shardsServed(): number {
    return this.#served.size
  }

  get restarts(): number {
    return this.#restarts
  }

  get batchesDropped(): number {
    return this.#batchesDropped
  }

  workerOf(shard: ShardId): number {
    return workerOf(shard, this.#options.workers)
  }

  serves(shard: ShardId): boolean {
    return this.#served.has(shard)
  }

  get served(): readonly ShardId[] {
    return [...this.#served.keys()]
  }

  /** 0 where it is not served here. */
  epochOf(shard: ShardId): number {
    return this.#served.get(shard) ?? 0
  }

  // -------------------------------------------------------------- shards

  /**
   * Serves shards at the epochs that the record gave, whatever of them was served before; but for those that are dropped before they
   * are open.
   * @throws {StoreUnavailableError} some of them could not be loaded, or their worker is down; retryable.
   */
  async open(grants: readonly ShardGrant[]): Promise<void> {
    for (const { shard } of grants) this.#served.delete(shard)
    const perWorker = Map.groupBy(grants, g => this.workerOf(g.shard))
    await Promise.all(this.#slots.map(slot => this.#openOn(slot, perWorker.get(slot.index) ?? [])))
  }

  /** Each worker serves as soon as it can: one that dies while another still opens has lost something then, and says so. */
  async #openOn(slot: WorkerSlot, grants: readonly ShardGrant[]): Promise<void> {
    if (grants.length === 0) return
    const dropped = new Set<ShardId>()
    this.#droppedMeanwhile.add(dropped)
    try {
      await this.#open(slot, grants)
    } finally {
      this.#droppedMeanwhile.delete(dropped)
    }
    const opened = grants.filter(g => !dropped.has(g.shard))
    for (const { shard, epoch } of opened) this.#served.set(shard, epoch)
    this.#tellServed()
    this.#options.onServed(opened.map(g => g.shard))
  }

  #open(slot: WorkerSlot, grants: readonly ShardGrant[]): Promise<void> {
    if (!slot.isUp) return Promise.reject(new StoreUnavailableError(`Worker ${slot.index} is down.`))
    slot.outgoing.putFirst(openFrame(grants))
    slot.flush()
    return this.#openings.wait(
      slot.index,
      grants.map(g => g.shard),
    )
  }

  /** From now on what comes for them is answered `moved`; what was taken in goes on to its end. */
  drop(shards: readonly ShardId[]): void {
    for (const shard of shards) this.#served.delete(shard)
    for (const dropped of this.#droppedMeanwhile) for (const shard of shards) dropped.add(shard)
    this.#openings.done(shards)
    for (const slot of this.#slots) {
      const own = shards.filter(shard => this.workerOf(shard) === slot.index)
      if (own.length > 0) slot.outgoing.put(dropFrame(own))
      slot.flush()
    }
    this.#tellServed()
  }

  /** Resolves when everything that the workers had taken in before is settled, or they are gone. */
  async drained(): Promise<void> {
    await Promise.all(this.#slots.map(slot => slot.ask(drainFrame)))
  }

  /** Each worker sends to the others of its node directly, to the rest of the cluster over the bus. */
  #tellServed(): void {
    const frame = servedFrame([...this.#served.keys()])
    for (const slot of this.#slots) {
      slot.outgoing.put(frame)
      slot.flush()
    }
  }

  /** Each worker is told, also those that come up later. */
  tellMembers(nodes: readonly string[]): void {
    this.#members = nodes
    for (const slot of this.#slots) {
      slot.outgoing.put(membersFrame(nodes))
      slot.flush()
    }
  }

  // -------------------------------------------------------------- watched orders

  /** Workers tell this gateway of the orders that are watched here, and of no others. */
  async watch(orderId: OrderId): Promise<void> {
    await this.#slotOf(orderId)?.watch(orderId)
  }

  unwatch(orderId: OrderId): void {
    this.#slotOf(orderId)?.unwatch(orderId)
  }

  #slotOf(orderId: OrderId): WorkerSlot | undefined {
    return this.#slots[this.workerOf(shardOfOrder(orderId))]
  }

  // -------------------------------------------------------------- frames

  /** Collected until `flush`. */
  post(worker: number, frame: Frame): void {
    this.#slots[worker]?.outgoing.put(frame)
  }

  /** As `post`. @param gateway  who is to be told what becomes of it. */
  postFix(worker: number, gateway: string, item: IntakeItem): void {
    this.#slots[worker]?.outgoing.fix(gateway, item)
  }

  flush(): void {
    for (const slot of this.#slots) slot.flush()
  }

  /** What each worker counts. A worker that does not answer in time is left out. */
  async stats(): Promise<(WorkerStats & { readonly thread: number })[]> {
    const all = await Promise.all(this.#slots.map(slot => slot.ask(id => [FRAME.askStats, id])))
    return all.flatMap((stats, thread) => (stats ? [{ ...(stats as WorkerStats), thread }] : []))
  }

  /** Ends a worker's thread as a crash would, for tests and drills. */
  async crash(worker: number): Promise<void> {
    await this.#pool.threads[worker]?.terminate()
  }

  /** Lets every worker settle what it has taken in, then ends the threads. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const slot of this.#slots) this.post(slot.index, [FRAME.stop])
    this.flush()
    await this.#pool.close()
    await this.#pool.destroy()
  }

  // -------------------------------------------------------------- one worker

  #startWorker(slot: WorkerSlot): void {
    const { port1, port2 } = new MessageChannel()
    slot.connect(port1)
    slot.outgoing.put(servedFrame([...this.#served.keys()]))
    if (this.#members) slot.outgoing.put(membersFrame(this.#members))
    slot.putWatched()
    const { workers, settings } = this.#options
    const task: WorkerTask<S> = { worker: slot.index, workers, settings, port: port2 }
    port1.on('message', (parcel: Parcel) => this.#receive(slot, parcel))
    // The platform's types of ports and the pool's differ; both mean what `postMessage` takes.
    this.#pool.run(task, { transferList: [port2] as never }).then(
      () => this.#ended(slot, null),
      error => this.#ended(slot, error),
    )
    this.#options.onUp(slot.index)
  }

  #ended(slot: WorkerSlot, error: unknown): void {
    if (!slot.disconnect()) this.#batchesDropped++
    const lost = this.served.filter(shard => this.workerOf(shard) === slot.index)
    for (const shard of lost) this.#served.delete(shard)
    const reason = `worker ${slot.index} ended: ${error instanceof Error ? error.message : String(error)}`
    this.#openings.workerDied(slot.index, reason)
    if (this.#stopping) return
    this.#restarts++
    this.#say(slot, 'error', reason)
    this.#tellServed()
    this.#options.onDown(slot.index, lost)
    this.#options.clock.after(RESTART_AFTER_MS, () => {
      if (!this.#stopping) this.#startWorker(slot)
    })
  }

  // -------------------------------------------------------------- messages

  #receive(slot: WorkerSlot, parcel: Parcel): void {
    if (parcel.to !== TO_GATEWAY) {
      if (this.#slots[parcel.to]?.forward(parcel) !== true) this.#batchesDropped++
      return
    }
    for (const frame of decodeBatch(parcel.bytes)) this.#handle(slot, frame)
  }

  #handle(slot: WorkerSlot, frame: Frame): void {
    switch (frame[0]) {
      case FRAME.opened:
        this.#openings.done(readOpened(frame))
        break
      case FRAME.lost:
        this.#lost(slot, readLost(frame))
        break
      case FRAME.stats: {
        const { askId, stats } = readStats(frame)
        slot.answered(askId, stats)
        break
      }
      case FRAME.drained:
        slot.answered(readAskId(frame), null)
        break
      case FRAME.watching:
        slot.answered(readAskId(frame), true)
        break
      case FRAME.log: {
        const { level, sentence, fields } = readLog(frame)
        this.#say(slot, level, `worker ${slot.index}: ${sentence}`, fields)
        break
      }
      default:
        this.#options.onFrame(frame)
    }
  }

  #lost(slot: WorkerSlot, { shard, failure }: { shard: ShardId; failure: string | null }): void {
    const wasServed = this.#served.delete(shard)
    const sentence =
      failure === null
        ? `shard ${shard} was taken by another node and is no longer served here`
        : `shard ${shard} failed: ${failure}`
    this.#openings.shardFailed(slot.index, shard, sentence)
    this.#say(slot, failure === null ? 'warn' : 'error', sentence, { shard })
    if (!wasServed) return
    this.#tellServed()
    this.#options.onShardLost(shard, failure === null ? 'fenced' : 'failed')
  }

  #say({ index: thread }: WorkerSlot, level: LogLevel, sentence: string, fields: LogFields = {}): void {
    this.#options.onTrouble(sentence, { level, fields: { thread, ...fields } })
  }
}
