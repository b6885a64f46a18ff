/**
 * The worker threads of one node, seen from the gateway's thread: kept for the node's life, one endless piscina task
 * each, and the hub of their messages. Parcels between workers pass through here unread.
 *
 * Supervision: the promise of a task is the life of its thread. When it fails, the same worker is started anew on a fresh
 * thread; its shards are taken again in the record (which fences whatever the dead thread still has under way) and opened
 * there. Parcels for a worker that is not up are dropped: askers time out, positions are sent again by the gateway, and
 * actors repeat what they need, as they would for any lost message.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import Piscina from 'piscina'
import type { HostStats, ShardGrant } from '../actors/runtime/host.ts'
import type { Clock } from '../actors/runtime/ports.ts'
import type { ShardId } from '../domain/ids.ts'
import {
  decodeBatch,
  encodeBatch,
  FRAME,
  type Frame,
  openFrame,
  readFailed,
  readLost,
  readOpened,
  readStats,
} from './frames.ts'
import { type Parcel, TO_GATEWAY } from './worker-bus.ts'
import { workerOf } from './worker-loop.ts'

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
  readonly shards: number
  readonly settings: S
  readonly clock: Clock
  /** Raises the epochs of shards in the record. @throws {StoreUnavailableError} */
  readonly takeShards: (shards: readonly ShardId[]) => Promise<readonly number[]>
  /** Frames for the gateway. */
  readonly onFrame: (frame: Frame) => void
  /** A worker has died, and what was under way to it is lost; `onUp` follows once its shards are served again. */
  readonly onDown: (worker: number) => void
  readonly onUp: (worker: number) => void
  /** What an operator should read: a thread that died, a shard that failed. */
  readonly onTrouble: (sentence: string) => void
}

interface WorkerSlot {
  readonly index: number
  readonly shards: readonly ShardId[]
  port: MessagePort | null
  up: boolean
  outgoing: Frame[]
  opened: number
}

const RESTART_AFTER_MS = 100
const RETAKE_AFTER_MS = 1_000
const STATS_MAX_MS = 1_000

export class Threads<S> {
  readonly #options: ThreadsOptions<S>
  readonly #pool: Piscina
  readonly #slots: WorkerSlot[]
  readonly #epochs = new Map<ShardId, number>()
  readonly #statsAsked = new Map<number, (stats: HostStats) => void>()
  #statsAsks = 0
  #restarts = 0
  #stopping = false

  constructor(options: ThreadsOptions<S>) {
    this.#options = options
    const { workers, shards, filename } = options
    this.#pool = new Piscina({
      filename,
      minThreads: workers,
      maxThreads: workers,
      concurrentTasksPerWorker: 1,
      // Threads are never idle: waiting on a futex would only stop their event loops.
      atomics: 'disabled',
    })
    this.#slots = Array.from({ length: workers }, (_, index) => ({
      index,
      shards: Array.from({ length: shards }, (_, s) => s as ShardId).filter(s => workerOf(s, workers) === index),
      port: null,
      up: false,
      outgoing: [],
      opened: 0,
    }))
  }

  /** @returns once every shard is served. */
  async start(): Promise<void> {
    await Promise.all(this.#slots.map(slot => this.#startWorker(slot)))
  }

  get workers(): number {
    return this.#slots.length
  }

  get workersUp(): number {
    return this.#slots.filter(s => s.up).length
  }

  get shardsServed(): number {
    return this.#slots.reduce((sum, s) => sum + (s.up ? s.opened : 0), 0)
  }

  get restarts(): number {
    return this.#restarts
  }

  workerOf(shard: ShardId): number {
    return workerOf(shard, this.#options.workers)
  }

  isUp(worker: number): boolean {
    return this.#slots[worker]?.up ?? false
  }

  /** 0 where it is not known. */
  epochOf(shard: ShardId): number {
    return this.#epochs.get(shard) ?? 0
  }

  /** Collected until `flush`. */
  post(worker: number, frame: Frame): void {
    this.#slots[worker]?.outgoing.push(frame)
  }

  flush(): void {
    for (const slot of this.#slots) this.#flushSlot(slot)
  }

  /** What each worker counts. A worker that does not answer in time is left out. */
  stats(): Promise<HostStats[]> {
    const asked = this.#slots.filter(s => s.up).map(slot => this.#statsOf(slot))
    return Promise.all(asked).then(all => all.flatMap(stats => (stats ? [stats] : [])))
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

  async #startWorker(slot: WorkerSlot): Promise<void> {
    const { port1, port2 } = new MessageChannel()
    slot.port = port1
    slot.opened = 0
    const task: WorkerTask<S> = {
      worker: slot.index,
      workers: this.#options.workers,
      settings: this.#options.settings,
      port: port2,
    }
    const opened = new Promise<void>(resolve => {
      port1.on('message', (parcel: Parcel) => this.#receive(slot, parcel, resolve))
    })
    // The platform's types of ports and the pool's differ; both mean what `postMessage` takes.
    const died = this.#pool.run(task, { transferList: [port2] as never }).then(
      () => this.#ended(slot, null),
      error => this.#ended(slot, error),
    )
    await this.#open(slot, slot.shards)
    await Promise.race([opened, died.then(() => this.#failStart(slot))])
  }

  #failStart(slot: WorkerSlot): void {
    if (!slot.up && !this.#stopping) this.#options.onTrouble(`worker ${slot.index} ended before it served its shards`)
  }

  async #open(slot: WorkerSlot, shards: readonly ShardId[]): Promise<void> {
    const epochs = await this.#options.takeShards(shards)
    const grants: ShardGrant[] = shards.map((shard, i) => ({ shard, epoch: epochs[i] ?? 0 }))
    for (const { shard, epoch } of grants) this.#epochs.set(shard, epoch)
    slot.outgoing.unshift(openFrame(grants))
    this.#flushSlot(slot)
  }

  #ended(slot: WorkerSlot, error: unknown): void {
    slot.port?.close()
    slot.port = null
    slot.up = false
    slot.outgoing = []
    if (this.#stopping) return
    this.#restarts++
    this.#options.onTrouble(`worker ${slot.index} ended: ${error instanceof Error ? error.message : String(error)}`)
    this.#options.onDown(slot.index)
    this.#restartLater(slot)
  }

  #restartLater(slot: WorkerSlot): void {
    this.#options.clock.after(RESTART_AFTER_MS, () => {
      if (this.#stopping) return
      this.#startWorker(slot).catch(error => {
        this.#options.onTrouble(`worker ${slot.index} could not take its shards: ${String(error)}`)
        this.#retakeLater(slot, slot.shards)
      })
    })
  }

  #retakeLater(slot: WorkerSlot, shards: readonly ShardId[]): void {
    this.#options.clock.after(RETAKE_AFTER_MS, () => {
      if (this.#stopping || !slot.port) return
      this.#open(slot, shards).catch(error => {
        this.#options.onTrouble(`worker ${slot.index} could not take ${shards.length} shards: ${String(error)}`)
        this.#retakeLater(slot, shards)
      })
    })
  }

  // -------------------------------------------------------------- messages

  #receive(slot: WorkerSlot, parcel: Parcel, opened: () => void): void {
    if (parcel.to !== TO_GATEWAY) {
      const to = this.#slots[parcel.to]
      to?.port?.postMessage(parcel.bytes, [parcel.bytes.buffer])
      return
    }
    for (const frame of decodeBatch(parcel.bytes)) this.#handle(slot, frame, opened)
  }

  #handle(slot: WorkerSlot, frame: Frame, opened: () => void): void {
    switch (frame[0]) {
      case FRAME.opened:
        slot.opened = Math.min(slot.shards.length, slot.opened + readOpened(frame).length)
        if (slot.opened < slot.shards.length || slot.up) break
        slot.up = true
        opened()
        this.#options.onUp(slot.index)
        break
      case FRAME.lost: {
        const { shard, failure } = readLost(frame)
        this.#shardLost(slot, shard, failure)
        break
      }
      case FRAME.stats: {
        const { askId, stats } = readStats(frame)
        this.#statsAsked.get(askId)?.(stats)
        break
      }
      case FRAME.failed:
        this.#options.onTrouble(`worker ${slot.index}: ${readFailed(frame)}`)
        break
      default:
        this.#options.onFrame(frame)
    }
  }

  /** Fenced: another node serves it now, and taking it back would only fence that one. Failed: taken anew, from the record. */
  #shardLost(slot: WorkerSlot, shard: ShardId, failure: string | null): void {
    slot.opened = Math.max(0, slot.opened - 1)
    if (failure === null) {
      this.#options.onTrouble(`shard ${shard} was taken by another node and is no longer served here`)
      return
    }
    this.#options.onTrouble(`shard ${shard} failed and is loaded again: ${failure}`)
    this.#retakeLater(slot, [shard])
  }

  #flushSlot(slot: WorkerSlot): void {
    if (slot.outgoing.length === 0 || !slot.port) return
    const bytes = encodeBatch(slot.outgoing)
    slot.outgoing = []
    slot.port.postMessage(bytes, [bytes.buffer])
  }

  #statsOf(slot: WorkerSlot): Promise<HostStats | null> {
    const askId = ++this.#statsAsks
    return new Promise(resolve => {
      const settle = (stats: HostStats | null) => {
        this.#statsAsked.delete(askId)
        cancel()
        resolve(stats)
      }
      const cancel = this.#options.clock.after(STATS_MAX_MS, () => settle(null))
      this.#statsAsked.set(askId, settle)
      this.post(slot.index, [FRAME.askStats, askId])
      this.#flushSlot(slot)
    })
  }
}
