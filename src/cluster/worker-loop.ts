/**
 * The life of one worker thread: one endless task of the pool. It takes batches from its port, lets the host take its
 * turns, and ends when it is told to, after everything under way is settled. If it throws, the task fails, and that
 * is how the supervisor on the gateway's thread learns that this thread is gone.
 *
 * In a cluster the same frames also come over the bus, for the shards that this thread serves. A node is reached there
 * before it says that it serves a shard, and stops being reached when it has dropped it.
 */
import type { MessagePort } from 'node:worker_threads'
import { DispatchMeter } from '../actors/dispatch-figures.ts'
import type { ActorKinds } from '../actors/runtime/actor.ts'
import { Host, type ShardGrant } from '../actors/runtime/host.ts'
import type { LogFields } from '../actors/runtime/log.ts'
import type { Clock, Journal, LocationLog, PriceLog, ZoneLog } from '../actors/runtime/ports.ts'
import type { TurnTracer } from '../actors/runtime/tracing.ts'
import type { ShardId } from '../domain/ids.ts'
import { NO_TRAFFIC } from './bus-traffic.ts'
import {
  drainedFrame,
  logFrame,
  lostFrame,
  openedFrame,
  readAskId,
  readMembers,
  readOpen,
  readShards,
  readUnwatch,
  readWatch,
  statsFrame,
  type WorkerStats,
  watchingFrame,
} from './control-frames.ts'
import { readFixes } from './fix-rows.ts'
import { decodeBatch, FRAME, type Frame, FrameError, readEnvelope, readFix } from './frames.ts'
import { LoopLag } from './loop-lag.ts'
import type { RemoteLink } from './remote-bus.ts'
import { WorkerBus } from './worker-bus.ts'

export type OpenRemote = (
  onFrames: (frames: readonly Frame[]) => void,
  onTrouble: (sentence: string) => void,
) => Promise<RemoteLink>

export interface WorkerParts {
  readonly port: MessagePort
  /** Of how many workers the node has; shards are dealt round robin. */
  readonly workers: number
  readonly clock: Clock
  readonly kinds: ActorKinds
  readonly journal: Journal
  readonly locations: LocationLog
  readonly prices: PriceLog
  readonly zones?: ZoneLog
  /** Left out: no traces. */
  readonly tracer?: TurnTracer
  /** Opens the way to the rest of the cluster: what comes from there is given to `onFrames`. Null: there is none. */
  readonly openRemote: OpenRemote | null
}

const DRAIN_CHECK_MS = 5
const DRAIN_MAX_MS = 10_000

export function workerOf(shard: ShardId, workers: number): number {
  return shard % workers
}

/** @returns when the worker was told to stop, and has. */
export async function runWorker(parts: WorkerParts): Promise<void> {
  const { port, openRemote } = parts
  const ended = Promise.withResolvers<void>()
  const guarded = (run: () => void) => {
    try {
      run()
    } catch (error) {
      ended.reject(error)
    }
  }
  let worker: Worker | null = null
  const remote = await openRemote?.(
    frames => guarded(() => worker?.fromRemote(frames)),
    sentence => worker?.report(logFrame('warn', sentence)),
  )
  worker = new Worker(parts, remote ?? null, ended.resolve)
  const live = worker
  port.on('message', (bytes: Uint8Array) => guarded(() => live.fromNode(bytes)))
  try {
    await ended.promise
  } finally {
    port.close()
    await remote?.close()
  }
}

class Worker {
  readonly #parts: WorkerParts
  readonly #remote: RemoteLink | null
  readonly #bus: WorkerBus
  readonly #host: Host
  readonly #finish: () => void
  readonly #dispatch = new DispatchMeter()
  readonly #lag: LoopLag

  constructor(parts: WorkerParts, remote: RemoteLink | null, finish: () => void) {
    const { port, workers } = parts
    this.#parts = parts
    this.#remote = remote
    this.#finish = finish
    this.#lag = new LoopLag(parts.clock)
    this.#bus = new WorkerBus({ port, workerOf: shard => workerOf(shard, workers), remote })
    this.#host = new Host({
      ...parts,
      bus: this.#bus,
      onCommitted: turn => this.#dispatch.committed(turn),
      onShardLost: (shard, cause) => {
        remote?.leave([shard])
        this.report(lostFrame(shard, cause))
      },
      onError: error => this.report(logFrame('error', String(error), stackOf(error))),
    })
  }

  fromNode(bytes: Uint8Array): void {
    for (const frame of decodeBatch(bytes)) this.#take(frame)
    this.#host.pump()
  }

  /** Only what is for actors: no other node tells this one what to do, nor stops it with what it does not understand. */
  fromRemote(frames: readonly Frame[]): void {
    for (const frame of frames) {
      if (!this.#toActor(frame)) this.report(logFrame('warn', `another node sent a frame of kind ${String(frame[0])}`))
    }
    this.#host.pump()
  }

  #toActor(frame: Frame): boolean {
    switch (frame[0]) {
      case FRAME.envelope:
        this.#host.receive(readEnvelope(frame))
        return true
      case FRAME.fix: {
        const { gateway, item } = readFix(frame)
        this.#host.receiveFix(gateway, item)
        return true
      }
      default:
        return false
    }
  }

  #take(frame: Frame): void {
    if (this.#toActor(frame)) return
    switch (frame[0]) {
      case FRAME.fixes:
        readFixes(frame, (gateway, item) => this.#host.receiveFix(gateway, item))
        break
      case FRAME.open:
        this.#open(readOpen(frame))
        break
      case FRAME.drop:
        this.#drop(readShards(frame))
        break
      case FRAME.drain:
        this.#host.whenSettled(() => this.report(drainedFrame(readAskId(frame))))
        break
      case FRAME.served:
        this.#bus.learnServed(readShards(frame))
        break
      case FRAME.watch: {
        const { askId, orderIds } = readWatch(frame)
        this.#bus.learnWatched(orderIds)
        this.report(watchingFrame(askId))
        break
      }
      case FRAME.unwatch:
        this.#bus.forgetWatched(readUnwatch(frame))
        break
      case FRAME.members:
        this.#remote?.learnMembers(readMembers(frame))
        break
      case FRAME.askStats:
        this.report(statsFrame(frame[1] as number, this.#stats()))
        break
      case FRAME.stop:
        this.#drain()
        break
      default:
        throw new FrameError(`a frame of unknown kind ${String(frame[0])}`)
    }
  }

  #stats(): WorkerStats {
    return {
      ...this.#host.stats,
      dispatch: this.#dispatch.figures,
      loopLagS: this.#lag.figures,
      bus: this.#remote?.traffic ?? NO_TRAFFIC,
    }
  }

  #open(grants: readonly ShardGrant[]): void {
    this.#serve(grants).then(
      () => this.report(openedFrame(grants)),
      error => {
        for (const { shard } of grants) this.#bus.report(lostFrame(shard, error as Error))
        this.#bus.flush()
      },
    )
  }

  async #serve(grants: readonly ShardGrant[]): Promise<void> {
    await this.#host.open(grants)
    await this.#remote?.serve(grants.map(g => g.shard))
  }

  #drop(shards: readonly ShardId[]): void {
    this.#remote?.leave(shards)
    for (const shard of shards) this.#host.drop(shard)
  }

  report(frame: Frame): void {
    this.#bus.report(frame)
    this.#bus.flush()
  }

  /** What was taken in is settled before the thread ends: its acknowledgements still go out. */
  #drain(): void {
    const { clock } = this.#parts
    const untilMs = clock.nowMs() + DRAIN_MAX_MS
    const check = () => {
      this.#host.hasten()
      if (this.#host.isIdle || clock.nowMs() > untilMs) {
        this.#host.stop()
        this.#lag.stop()
        this.#finish()
      } else clock.after(DRAIN_CHECK_MS, check)
    }
    check()
  }
}

function stackOf(error: unknown): LogFields {
  return error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {}
}
