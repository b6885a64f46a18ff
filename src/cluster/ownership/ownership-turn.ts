import type { ShardId } from '../../domain/ids.ts'
import type { OwnershipEffect, OwnershipEvent } from './ownership.messages.ts'
import type { OwnershipState } from './ownership.state.ts'
import type { Turn } from './step.ts'

export type OwnershipTurn = Turn<OwnershipState, OwnershipEvent, OwnershipEffect>

/** Serves them no more. */
export function drop(turn: OwnershipTurn, shards: readonly ShardId[]): void {
  if (shards.length === 0) return
  turn.happened({ kind: 'dropped', shards })
  turn.ask({ kind: 'drop', shards })
}
