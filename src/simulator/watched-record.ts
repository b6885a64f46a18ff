import { MemoryRecord } from '../actors/runtime/memory/memory-record.ts'
import type { JournalTurn, TurnOutcome } from '../actors/runtime/ports.ts'

/** The record as it is, and somebody who sees each commit in the instant in which it lands. */
export class WatchedRecord extends MemoryRecord {
  onCommit: (turns: readonly JournalTurn[], outcomes: readonly TurnOutcome[]) => void = () => {}

  override commit(turns: readonly JournalTurn[]): TurnOutcome[] {
    const outcomes = super.commit(turns)
    this.onCommit(turns, outcomes)
    return outcomes
  }
}
