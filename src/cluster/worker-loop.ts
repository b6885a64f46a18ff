/**
 * The life of one worker thread: one endless task of the pool. It takes batches from its port, lets the host take its
 * turns, and ends when it is told to, after everything under way is settled. If it throws, the task fails, and that
 * is how the supervisor on the gateway's thread learns that this thread is gone.
 */
import type { MessagePort } from 'node:worker_threads'
import type { ActorKinds } from '../actors/runtime/actor.ts'
import { Host } from '../actors/runtime/host.ts'
import type { Clock, Journal, LocationLog, PriceLog } from '../actors/runtime/ports.ts'
import type { ShardId } from '../domain/ids.ts'
import {
  decodeBatch,
  FRAME,
  FrameError,
  failedFrame,
  lostFrame,
  openedFrame,
  readEnvelope,
  readFix,
  readOpen,
  statsFrame,
} from './frames.ts'
import { WorkerBus } from './worker-bus.ts'

export interface WorkerParts {
  readonly port: MessagePort
  /** Of how many workers the node has; shards are dealt round robin. */
  readonly workers: number
  readonly clock: Clock
  readonly kinds: ActorKinds
  readonly journal: Journal
  readonly locations: LocationLog
  readonly prices: PriceLog
}

const DRAIN_CHECK_MS = 5
const DRAIN_MAX_MS = 10_000

export function workerOf(shard: ShardId, workers: number): number {
  return shard % workers
}

/** @returns when the worker was told to stop, and has. */
export function runWorker(parts: WorkerParts): Promise<void> {
  const { port, clock, workers } = parts
  const bus = new WorkerBus(port, shard => workerOf(shard, workers))
  return new Promise((resolve, reject) => {
    const host = new Host({
      ...parts,
      bus,
      onShardLost: (shard, cause) => {
        bus.report(lostFrame(shard, cause))
        bus.flush()
      },
      onError: error => {
        bus.report(failedFrame(error instanceof Error ? (error.stack ?? error.message) : String(error)))
        bus.flush()
      },
    })
    const finish = () => {
      host.stop()
      port.close()
      resolve()
    }
    port.on('message', (bytes: Uint8Array) => {
      try {
        if (handle(host, bus, bytes)) drain(host, clock, finish)
        host.pump()
      } catch (error) {
        reject(error)
      }
    })
  })
}

/** @returns true where the batch says to stop. */
function handle(host: Host, bus: WorkerBus, bytes: Uint8Array): boolean {
  let stop = false
  for (const frame of decodeBatch(bytes)) {
    switch (frame[0]) {
      case FRAME.envelope:
        host.receive(readEnvelope(frame))
        break
      case FRAME.fix: {
        const { gateway, item } = readFix(frame)
        host.receiveFix(gateway, item)
        break
      }
      case FRAME.open: {
        const grants = readOpen(frame)
        host.open(grants).then(
          () => {
            bus.report(openedFrame(grants))
            bus.flush()
          },
          error => {
            for (const { shard } of grants) bus.report(lostFrame(shard, error as Error))
            bus.flush()
          },
        )
        break
      }
      case FRAME.askStats:
        bus.report(statsFrame(frame[1] as number, host.stats))
        break
      case FRAME.stop:
        stop = true
        break
      default:
        throw new FrameError(`a frame of unknown kind ${String(frame[0])}`)
    }
  }
  return stop
}

/** What was taken in is settled before the thread ends: its acknowledgements still go out. */
function drain(host: Host, clock: Clock, finish: () => void): void {
  const untilMs = clock.nowMs() + DRAIN_MAX_MS
  const check = () => {
    if (host.isIdle || clock.nowMs() > untilMs) finish()
    else clock.after(DRAIN_CHECK_MS, check)
  }
  check()
}
