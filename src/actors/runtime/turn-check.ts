/**
 * What every adapter of the journal demands of a batch before it writes anything. A turn that breaks these rules was
 * made by a bug, and would be judged wrongly rather than refused.
 *
 * A claim or a release belongs to a turn of the order itself, with at least one event: the order's row is then locked
 * and its version checked, and that is what keeps the assignments of one order in one line.
 */
import type { OrderId } from '../../domain/ids.ts'
import { modeOfDriver, modeOfOrder } from '../../domain/mode.ts'
import { InvariantError, invariant } from './errors.ts'
import type { JournalTurn, TurnOutcome } from './ports.ts'

/** Turns of one commit. Bounds the time for which one batch holds its locks: 200 turns take Postgres about 12 ms. */
export const COMMIT_TURNS_MAX = 500

/** Events of one turn. A decider makes one to three. */
const TURN_EVENTS_MAX = 100

/**
 * Some turns of a batch can never be stored (a constraint, a value the record cannot hold). The rest of the batch has
 * been written all the same; `outcomes` has null for the turns in question. Not retryable for those.
 */
export class UnstorableTurnError extends InvariantError {
  constructor(
    readonly outcomes: readonly (TurnOutcome | null)[],
    sentence: string,
    options?: ErrorOptions,
  ) {
    super(sentence, options)
  }
}

function checkTurn(turn: JournalTurn): void {
  const { actorId, row, claim, release, events } = turn
  invariant(Number.isSafeInteger(turn.versionBefore) && turn.versionBefore >= 0, `${actorId}: no version`)
  invariant(events.length <= TURN_EVENTS_MAX, `${actorId}: ${events.length} events in one turn`)
  invariant(
    row.kind === 'order' || events.length === 0 || turn.driverEpochBefore !== undefined,
    `${actorId}: a driver's turn names the epoch before it`,
  )
  invariant(!isOfTwoModes(turn), `${actorId}: an order of live and a driver of test data, or the other way round`)
  if (!claim && !release) return
  invariant(row.kind === 'order', `${actorId}: only an order's turn claims or releases load`)
  invariant(events.length > 0, `${actorId}: a claim or release without an event`)
  invariant(!claim || claim.orderId === actorId, `${actorId}: a claim for another order`)
  invariant(
    !claim || modeOfOrder(claim.orderId) === modeOfDriver(claim.driverId),
    `${actorId}: a claim between live and test data`,
  )
  invariant(!release || release.orderId === actorId, `${actorId}: a release for another order`)
  invariant(!claim || (Number.isSafeInteger(claim.size) && claim.size > 0), `${actorId}: a claim of no size`)
}

/** Also of one that it is only promised to: whom an order names, it is to have. */
function isOfTwoModes({ actorId, row }: JournalTurn): boolean {
  if (row.kind !== 'order' || row.driverId === null) return false
  return modeOfOrder(actorId as OrderId) !== modeOfDriver(row.driverId)
}

/** @throws {InvariantError} where a batch breaks the rules; nothing was changed. */
export function checkTurns(turns: readonly JournalTurn[]): void {
  invariant(turns.length <= COMMIT_TURNS_MAX, `${turns.length} turns in one commit; at most ${COMMIT_TURNS_MAX}`)
  for (const turn of turns) checkTurn(turn)
}
