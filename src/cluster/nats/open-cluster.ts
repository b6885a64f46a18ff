/** Wires this folder's adapters for the two kinds of threads that speak to other nodes. */
import { type Membership, MembershipUnansweredError } from '../../actors/runtime/membership-port.ts'
import type { Clock } from '../../actors/runtime/ports.ts'
import type { Frame } from '../frames.ts'
import { NatsLink } from './connect.ts'
import { GatewayLink } from './gateway-link.ts'
import { Line } from './line.ts'
import { NatsMembership, type NatsMembershipOptions } from './nats-membership.ts'
import type { NatsTarget } from './nats-target.ts'
import { WorkerLink } from './worker-link.ts'

/** Which server, and who we are there. Must be cloneable: worker threads get it. */
export interface ClusterTarget {
  readonly nats: NatsTarget
  readonly node: string
  /** Servers of NATS that keep the leases. */
  readonly replicas: number
}

export interface GatewaySide {
  readonly link: GatewayLink
  readonly membership: Membership
}

export interface GatewaySideParts {
  readonly target: ClusterTarget
  readonly clock: Clock
  readonly onFrame: (frame: Frame) => void
  readonly onNobody: (frames: readonly Frame[]) => void
  readonly onUnheardOf: () => void
  readonly onTrouble: (sentence: string) => void
}

/** A server that is there answers in 1 ms; one that has just started, or a machine that is busy, is given this. */
const BUCKET_MAX_MS = 10_000
const BUCKET_RETRY_MS = 100

/** @throws {NatsUnreachableError} @throws {NatsRefusedError} @throws {MembershipBucketError} @throws {MembershipUnansweredError} */
export async function openGatewaySide(parts: GatewaySideParts): Promise<GatewaySide> {
  const { target, clock, onTrouble } = parts
  const line = await openLine(target, `waggle ${target.node} gateway`, clock, onTrouble)
  // Leases have a connection of their own: a burst of positions must not make this node look dead.
  const leases = await openNats(target, `waggle ${target.node} leases`, clock, onTrouble)
  const membership = await openBucket({ link: leases, clock, replicas: target.replicas, onTrouble })
  const link = new GatewayLink({ ...parts, node: target.node, line, onClosed: () => leases.drain() })
  return { link, membership }
}

/** One call without an answer says nothing: a node that is started meanwhile must not end for it. */
async function openBucket(options: NatsMembershipOptions): Promise<NatsMembership> {
  const { clock } = options
  const untilMs = clock.nowMs() + BUCKET_MAX_MS
  for (;;) {
    try {
      return await NatsMembership.open(options)
    } catch (error) {
      if (!(error instanceof MembershipUnansweredError) || clock.nowMs() >= untilMs) throw error
      await new Promise<void>(resolve => clock.after(BUCKET_RETRY_MS, resolve))
    }
  }
}

export interface WorkerSideParts {
  readonly target: ClusterTarget
  readonly worker: number
  readonly clock: Clock
  readonly onFrames: (frames: readonly Frame[]) => void
  readonly onNobody: (frames: readonly Frame[]) => void
  readonly onTrouble: (sentence: string) => void
}

/** @throws {NatsUnreachableError} @throws {NatsRefusedError} */
export async function openWorkerSide({
  target,
  worker,
  clock,
  onFrames,
  onNobody,
  onTrouble,
}: WorkerSideParts): Promise<WorkerLink> {
  const line = await openLine(target, `waggle ${target.node} worker ${worker}`, clock, onTrouble)
  return new WorkerLink({ node: target.node, worker, line, clock, onFrames, onNobody })
}

async function openLine(
  target: ClusterTarget,
  name: string,
  clock: Clock,
  onTrouble: (sentence: string) => void,
): Promise<Line> {
  const link = await openNats(target, name, clock, onTrouble)
  return new Line({ link, clock, onTrouble })
}

function openNats(
  { nats: target }: ClusterTarget,
  name: string,
  clock: Clock,
  onTrouble: (sentence: string) => void,
): Promise<NatsLink> {
  return NatsLink.open({
    target,
    name,
    clock,
    onEvent: event => onTrouble(`${name}: ${event.kind}${'server' in event ? ` ${event.server}` : ''}`),
  })
}
