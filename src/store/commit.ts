/**
 * Commits batches of turns, and deals with what can go wrong on the way.
 *
 * | what happens | what was changed | what follows |
 * |---|---|---|
 * | the server cannot be reached, or cancels the statement | nothing | `StoreUnavailableError` |
 * | deadlock, serialization, a row that appeared after the statement began | nothing | sent again |
 * | the statement meets a value or a constraint it cannot store | nothing | halves are sent, down to the turn at fault |
 * | the connection is lost, or there is no answer in time | unknown | `CommitUnknownError` |
 *
 * A batch is sent straight first, as if no turn of it could fail (`straight-commit.ts`); only where one does the statement that judges each
 * is sent. Whoever asks for the commit is told of it, since nothing else shows a straight statement that never works.
 *
 * Once a part of a batch is stored, a later failure of the rest makes the whole batch unknown: the caller reloads.
 */
import { CommitUnknownError, InvariantError, StoreUnavailableError } from '../actors/runtime/errors.ts'
import type { JournalTurn, TurnOutcome } from '../actors/runtime/ports.ts'
import { UnstorableTurnError } from '../actors/runtime/turn-check.ts'
import { COMMIT_SQL, encodeTurns, readVerdicts, type Verdict, type VerdictsRow } from './commit-statement.ts'
import { recordText } from './personal-fields.ts'
import { duplicateIn, failureOf, type Sql } from './postgres.ts'
import { straightParameters } from './straight-batch.ts'
import { STRAIGHT_SQL } from './straight-commit.ts'

/** Each attempt meets another batch that did get through, or a session that has ended; more than a few means a bug. */
const ATTEMPTS_MAX = 5

/** Collects the outcomes of one batch while its parts are sent. */
interface Batch {
  readonly outcomes: (TurnOutcome | null)[]
  readonly faults: { readonly actorId: string; readonly cause: unknown }[]
  /** Some part was stored already. */
  stored: boolean
  /** It is not written straight. */
  readonly onJudged: () => void
}

interface Part {
  readonly turns: readonly JournalTurn[]
  /** Of each turn, its place in the batch. */
  readonly places: readonly number[]
}

function partOf(part: Part, keep: (index: number) => boolean): Part {
  return { turns: part.turns.filter((_, index) => keep(index)), places: part.places.filter((_, index) => keep(index)) }
}

/** @throws the typed error for a failure after which the part cannot go on. */
function giveUp(error: unknown, batch: Batch): never {
  const failure = failureOf(error)
  const unavailable = failure === 'unavailable' || failure === 'again'
  if (unavailable && !batch.stored) {
    throw new StoreUnavailableError('The record did not take the commit.', { cause: error })
  }
  if (unavailable || failure === 'lost') {
    throw new CommitUnknownError('The connection was lost before the answer to a commit.', { cause: error })
  }
  throw error
}

/**
 * Writes a part of which no turn is expected to fail.
 *
 * @returns false where some turn does, or may: nothing was changed, and the other statement says which.
 */
async function sendStraight(sql: Sql, turns: readonly JournalTurn[], batch: Batch): Promise<boolean> {
  const parameters = straightParameters(turns, value => recordText(sql, value))
  if (parameters === null) return false
  try {
    await sql.unsafe(STRAIGHT_SQL, [...parameters], { prepare: true })
    return true
  } catch (error) {
    const failure = failureOf(error)
    if (failure === 'again' || failure === 'refused') return false
    giveUp(error, batch)
  }
}

/** Sends a part until it is answered, or refused for good. */
async function send(sql: Sql, part: Part, batch: Batch): Promise<Verdict[] | { readonly refusedBy: unknown }> {
  const text = encodeTurns(part.turns, value => recordText(sql, value))
  for (let attempt = 1; ; attempt++) {
    try {
      return readVerdicts(await sql.unsafe<VerdictsRow[]>(COMMIT_SQL, [text], { prepare: true }))
    } catch (error) {
      const failure = failureOf(error)
      // A duplicate is a row that another batch made after our statement had begun: the next statement sees it.
      const again = failure === 'again' || duplicateIn(error) !== null
      if (again && attempt < ATTEMPTS_MAX) continue
      if (failure === 'refused') return { refusedBy: error }
      giveUp(error, batch)
    }
  }
}

async function commitPart(sql: Sql, part: Part, batch: Batch): Promise<void> {
  if (await sendStraight(sql, part.turns, batch)) {
    batch.stored = true
    for (const place of part.places) batch.outcomes[place] = 'committed'
    return
  }
  // Parts of a batch with a fault in it were judged with it.
  if (part.turns.length === batch.outcomes.length) batch.onJudged()
  let rest = part
  for (let attempt = 1; rest.turns.length > 0; attempt++) {
    const answer = await send(sql, rest, batch)
    if ('refusedBy' in answer) return isolate(sql, rest, batch, answer.refusedBy)
    batch.stored = true

    const stale = new Set<number>()
    for (const [i, outcome] of answer.entries()) {
      const place = rest.places[i]
      if (outcome === 'stale' && attempt < ATTEMPTS_MAX) stale.add(i)
      // Still behind after every attempt: whoever overtakes us so often has moved on.
      else if (place !== undefined) batch.outcomes[place] = outcome === 'stale' ? 'conflict' : outcome
    }
    rest = partOf(rest, index => stale.has(index))
  }
}

/** One turn cannot be stored: finds it by halving, so that it does not take the others down. */
async function isolate(sql: Sql, part: Part, batch: Batch, cause: unknown): Promise<void> {
  const [turn] = part.turns
  const [place] = part.places
  if (turn === undefined || place === undefined) return
  if (part.turns.length > 1) {
    const middle = part.turns.length >> 1
    await commitPart(
      sql,
      partOf(part, index => index < middle),
      batch,
    )
    await commitPart(
      sql,
      partOf(part, index => index >= middle),
      batch,
    )
    return
  }
  if (duplicateIn(cause) === 'assignments_one_active') batch.outcomes[place] = 'claim_refused'
  else batch.faults.push({ actorId: turn.actorId, cause })
}

/**
 * @param turns  already checked, of different actors.
 * @param onJudged  called once where they are not written straight.
 * @returns per turn its outcome, in the order given.
 * @throws {CommitUnknownError} see above; reload the actors.
 * @throws {StoreUnavailableError} nothing was changed. Retryable.
 * @throws {UnstorableTurnError} some turns can never be stored; the others are.
 */
export async function commitTurns(
  sql: Sql,
  turns: readonly JournalTurn[],
  onJudged: () => void,
): Promise<TurnOutcome[]> {
  if (turns.length === 0) return []
  const batch: Batch = { outcomes: turns.map(() => null), faults: [], stored: false, onJudged }
  await commitPart(sql, { turns, places: turns.map((_, index) => index) }, batch)

  const [fault] = batch.faults
  if (fault) {
    const names = batch.faults.map(({ actorId }) => actorId).join(', ')
    throw new UnstorableTurnError(batch.outcomes, `The record cannot store the turn of ${names}.`, {
      cause: fault.cause,
    })
  }
  return batch.outcomes.map(outcome => {
    if (outcome === null) throw new InvariantError('A commit answered for fewer turns than it was given.')
    return outcome
  })
}
