/**
 * What people with power do, written down before it is done: an act that could not be written is not carried out (503), so none
 * is missing from the log, whatever fails afterwards. How it ended follows a moment later; an act without an outcome was
 * under way when its node died.
 *
 * Acts that come together are written together, so that a script that registers a fleet does not pay for each.
 */
import { StoreUnavailableError } from '../../actors/runtime/errors.ts'
import type { Clock, Random } from '../../actors/runtime/ports.ts'
import type { JsonObject } from '../../actors/runtime/turn.ts'
import { type ActOutcome, type ActRecord, newActId } from '../../store/audit-log.ts'
import { Refusal } from '../problem.ts'
import { Batches } from './batches.ts'
import type { Caller, Principal } from './principal.ts'

export interface AuditTrailDeps {
  readonly clock: Clock
  readonly random: Random
  /** @throws {StoreUnavailableError} */
  readonly insert: (acts: readonly ActRecord[]) => Promise<void>
  /** @throws {StoreUnavailableError} */
  readonly note: (outcomes: readonly ActOutcome[]) => Promise<void>
  readonly onFailure: (error: unknown) => void
}

export interface Act {
  readonly action: string
  readonly principal: Principal
  /** Out of the path. */
  readonly target: string | null
  readonly address: string | null
}

/** For the handler of an act to say what the path does not. Never a secret. */
export interface ActNote {
  target: string | null
  detail: JsonObject
}

/** What a server or a driver does is in the events of its objects; these are people with power over others'. */
const WATCHED: readonly Caller[] = ['admin', 'dispatcher']
/** One statement. */
const TOGETHER_MAX = 500
const WAITING_MAX = 5_000
const OUTCOMES_MAX = 20_000
const OUTCOMES_EVERY_MS = 500

export function isWatched({ role }: Principal): boolean {
  return WATCHED.includes(role)
}

interface Waiting {
  readonly act: ActRecord
  readonly written: () => void
  readonly failed: (error: unknown) => void
}

export class AuditTrail {
  readonly #deps: AuditTrailDeps
  readonly #outcomes: Batches<ActOutcome>
  #waiting: Waiting[] = []
  #isWriting = false

  constructor(deps: AuditTrailDeps) {
    this.#deps = deps
    this.#outcomes = new Batches({
      clock: deps.clock,
      everyMs: OUTCOMES_EVERY_MS,
      max: OUTCOMES_MAX,
      write: batch => deps.note([...batch.values()]),
      onFailure: deps.onFailure,
    })
  }

  /** @returns the act's id, once it is committed. @throws {StoreUnavailableError} or {Refusal} `overloaded`: do not act. */
  begin({ action, principal, target, address }: Act): Promise<string> {
    if (this.#waiting.length >= WAITING_MAX) {
      return Promise.reject(new Refusal('overloaded', 'Too many acts are being written down.'))
    }
    const atMs = this.#deps.clock.nowMs()
    const { actor, key } = principal
    const act: ActRecord = {
      actId: newActId(atMs, this.#deps.random),
      atMs,
      actorRole: actor.role,
      actorId: actor.id,
      keyId: key?.keyId ?? null,
      action,
      target,
      address,
      detail: {},
      status: null,
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ act, written: () => resolve(act.actId), failed: reject })
      if (!this.#isWriting) void this.#writeWaiting()
    })
  }

  end(actId: string, status: number, { target, detail }: ActNote): void {
    this.#outcomes.put(actId, { actId, status, target, detail })
  }

  /** Before the record is. */
  async close(): Promise<void> {
    await this.#outcomes.close()
  }

  async #writeWaiting(): Promise<void> {
    this.#isWriting = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, TOGETHER_MAX)
      await this.#write(batch)
    }
    this.#isWriting = false
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    try {
      await this.#deps.insert(batch.map(({ act }) => act))
      for (const { written } of batch) written()
    } catch (error) {
      // What the record refuses is refused for one of them: the others are written without it.
      const isRefused = batch.length > 1 && !(error instanceof StoreUnavailableError)
      if (isRefused) for (const waiting of batch) await this.#write([waiting])
      else for (const { failed } of batch) failed(error)
    }
  }
}
