/**
 * The life of one worker thread: one endless task of the pool. It takes batches from its port, lets the host take its
 * turns, and ends when it is told to, after everything under way is settled. If it throws, the task fails, and that
 * is how the supervisor on the gateway's thread learns that this thread is gone.
 *
 * In a cluster the same frames also come over the bus, for the shards that this thread serves. A node is reached there
 * before it says that it serves a shard. When it drops one it stops being reached, and says that it is drained only when what was
 * under way to it by then has come, and was answered: whoever takes the shard comes after that, so nothing is between the two.
 */
import type { MessagePort } from 'node:worker_threads'
import { DispatchMeter } from '../actors/dispatch-figures.ts'
import type { ActorKinds } from '../actors/runtime/actor.ts'
import type { Envelope } from '../actors/runtime/envelope.ts'
import { Host, type ShardGrant } from '../actors/runtime/host.ts'
import type { LogFields } from '../actors/runtime/log.ts'
import type { Clock, Journal, LocationLog, PriceLog, ZoneLog } from '../actors/runtime/ports.ts'
import type { TurnTracer } from '../actors/runtime/tracing.ts'
import type { ShardId, UnixMs } from '../domain/ids.ts'
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
import { decodeBatch, FRAME, type Frame, FrameError, readEnvelope, readEnvelopeText, readFix } from './frames.ts'
import { giveBack } from './give-back.ts'
import { LoopLag } from './loop-lag.ts'
import type { RemoteLink } from './remote-bus.ts'
import { Strays } from './strays.ts'
import { WorkerBus } from './worker-bus.ts'

export interface RemoteEars {
  readonly onFrames: (frames: readonly Frame[]) => void
  /** These were for shards that nobody serves now: nothing of them has happened. */
  readonly onNobody: (frames: readonly Frame[]) => void
  readonly onTrouble: (sentence: string) => void
}

export type OpenRemote = (ears: RemoteEars) => Promise<RemoteLink>

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
  /** Opens the way to the rest of the cluster. Null: there is none. */
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
  const remote = await openRemote?.({
    onFrames: frames => guarded(() => worker?.fromRemote(frames)),
    onNobody: frames => guarded(() => worker?.unread(frames)),
    onTrouble: sentence => worker?.report(logFrame('warn', sentence)),
  })
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
  readonly #strays: Strays
  /** Shards that still hear what was under way to them as they were dropped. */
  readonly #leaving = new Set<Promise<void>>()

  constructor(parts: WorkerParts, remote: RemoteLink | null, finish: () => void) {
    const { port, workers } = parts
    this.#parts = parts
    this.#remote = remote
    this.#finish = finish
    this.#lag = new LoopLag(parts.clock)
    this.#strays = new Strays({ clock: parts.clock, send: envelopes => this.#sendOn(envelopes) })
    this.#bus = new WorkerBus({ port, workerOf: shard => workerOf(shard, workers), remote, strays: this.#strays })
    this.#host = new Host({
      ...parts,
      bus: this.#bus,
      onCommitted: turn => this.#dispatch.committed(turn),
      onStray: envelope => this.#strays.keep(envelope),
      onShardLost: (shard, cause) => {
        if (cause === 'fenced') remote?.lose([shard])
        // It broke here, and nobody has it until it is opened anew: what is on its way to it goes back as from any that is left.
        else this.#leave([shard])
        this.report(lostFrame(shard, cause))
      },
      onError: error => this.report(logFrame('error', String(error), stackOf(error))),
    })
  }

  fromNode(bytes: Uint8Array): void {
    this.#host.takeIn(() => {
      for (const frame of decodeBatch(bytes)) this.#take(frame)
    })
  }

  /** Only what is for actors: no other node tells this one what to do, nor stops it with what it does not understand. */
  fromRemote(frames: readonly Frame[]): void {
    this.#host.takeIn(() => {
      for (const frame of frames) {
        if (this.#toActor(frame)) continue
        this.#remote?.unreadable()
        this.report(logFrame('warn', `another node sent a frame of kind ${String(frame[0])}`))
      }
    })
  }

  /** What this worker has said to shards that nobody serves now, because they are between two nodes. */
  unread(frames: readonly Frame[]): void {
    giveBack(frames, { bus: this.#bus, strays: this.#strays })
    this.#bus.flush()
  }

  #sendOn(envelopes: readonly Envelope[]): void {
    for (const envelope of envelopes) {
      if (this.#host.epochOf(envelope.to.shard) !== undefined) this.#host.receive(envelope)
      else this.#bus.sendNow(envelope)
    }
    this.#bus.flush()
  }

  #toActor(frame: Frame): boolean {
    switch (frame[0]) {
      case FRAME.envelope:
        this.#host.receive(readEnvelope(frame))
        return true
      case FRAME.envelopeText:
        this.#host.receive(readEnvelopeText(frame))
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
        this.#whenDrained(() => this.report(drainedFrame(readAskId(frame))))
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
      strays: this.#strays.figures,
      dispatch: this.#dispatch.figures,
      loopLagS: this.#lag.figures,
      bus: this.#remote?.traffic ?? NO_TRAFFIC,
    }
  }

  #open(grants: readonly ShardGrant[]): void {
    this.#serve(grants).then(
      served => this.report(openedFrame(served)),
      error => {
        for (const { shard } of grants) this.#bus.report(lostFrame(shard, error as Error))
        this.#bus.flush()
      },
    )
  }

  /** @returns those that were not dropped meanwhile. */
  async #serve(grants: readonly ShardGrant[]): Promise<readonly ShardGrant[]> {
    const stillOurs = () => grants.filter(({ shard, epoch }) => this.#host.epochOf(shard) === epoch)
    await this.#host.open(grants)
    await this.#remote?.serve(stillOurs().map(({ shard }) => shard))
    return stillOurs()
  }

  #drop(shards: readonly ShardId[]): void {
    for (const shard of shards) this.#host.drop(shard)
    this.#leave(shards)
  }

  #leave(shards: readonly ShardId[]): void {
    if (this.#remote === null) return
    const leaving = this.#remote.leave(shards).finally(() => this.#leaving.delete(leaving))
    this.#leaving.add(leaving)
  }

  /** What was taken in is settled, and nothing more can come for what was dropped. */
  #whenDrained(run: () => void): void {
    void Promise.all(this.#leaving).then(() => this.#host.whenSettled(run))
  }

  report(frame: Frame): void {
    this.#bus.report(frame)
    this.#bus.flush()
  }

  /** What was taken in is settled before the thread ends: its acknowledgements still go out, and what it has for others' shards. */
  #drain(): void {
    const untilMs = this.#parts.clock.nowMs() + DRAIN_MAX_MS
    this.#whenDone(untilMs, () => {
      // Those that could not be handed over are left as well as the others: what still comes for them is not taken in any more.
      if (this.#remote !== null) this.#drop(this.#host.shards)
      void Promise.all(this.#leaving).then(() => this.#whenDone(untilMs, () => this.#end()))
    })
  }

  /** Nothing is under way here, nor to others' shards in such a way that it could come back and would have to be said again. */
  #whenDone(untilMs: UnixMs, run: () => void): void {
    const { clock } = this.#parts
    this.#host.hasten()
    const isDone = this.#host.isIdle && this.#strays.isIdle && this.#remote?.mayHearBack !== true
    if (isDone || clock.nowMs() > untilMs) run()
    else clock.after(DRAIN_CHECK_MS, () => this.#whenDone(untilMs, run))
  }

  #end(): void {
    this.#bus.flush()
    this.#host.stop()
    this.#strays.stop()
    this.#lag.stop()
    this.#finish()
  }
}

function stackOf(error: unknown): LogFields {
  return error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {}
}
