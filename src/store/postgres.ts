/**
 * Connections to the record, and what their errors mean.
 *
 * Every session has limits well below the time in which another node takes over (6 s): a statement that waits longer for
 * a lock, or runs longer, is cancelled by the server and has changed nothing. A server that does not even do that is silent:
 * `silence-watch.ts` ends its connections, `record-guard.ts` answers whoever asks. Two kinds of failure are told apart,
 * because a commit treats them differently: those after which surely nothing was changed, and a connection that was
 * lost while an answer was due.
 */
import type { Socket } from 'node:net'
import postgres from 'postgres'
import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import { arrayTypes } from './array-types.ts'
import { calmed, STARTUP_PADDING } from './calm-socket.ts'
import { type PersonalFields, sealOver } from './personal-fields.ts'
import { postgresTarget } from './postgres-url.ts'
import { GUARD_CODES, RecordGuard } from './record-guard.ts'
import { FailedSocket, plainSocket, type SocketOptions, tlsSocket } from './server-socket.ts'
import { watched } from './silence-watch.ts'

/** 64-bit integers come back as numbers up to 2^53, beyond that as text. */
function parseBigint(text: string): number | string {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : text
}

const types = {
  ...arrayTypes(parseBigint),
  bigint: {
    to: 20,
    from: [20],
    serialize: (value: number | string): string => value.toString(),
    parse: parseBigint,
  },
}

export type Sql = postgres.Sql<{ bigint: number | string }>
/** A pool or a transaction. */
export type Querying = postgres.ISql<{ bigint: number | string }>

export interface ConnectOptions {
  /** Connections at the same time. */
  readonly max: number
  /** What `pg_stat_activity` shows. */
  readonly applicationName: string
  readonly statementTimeoutMs?: number
  readonly lockTimeoutMs?: number
  readonly idleInTransactionTimeoutMs?: number
  readonly connectTimeoutMs?: number
  /** A server that owes an answer and says nothing for this long is given up; above the time-out of a statement, also where it is set later. */
  readonly answerMaxMs?: number
  /** `copy`: for a `CopyLane`, which bounds what waits there by itself, and in whose streams no probe must come. */
  readonly use?: 'questions' | 'copy'
  /** Further settings of each session, e.g. `{ enable_seqscan: 'off' }`. */
  readonly settings?: Readonly<Record<string, string>>
  /** Seals and opens personal fields of what is stored as JSON. */
  readonly personal?: PersonalFields | undefined
}

const STATEMENT_TIMEOUT_MS = 4_000
/** Below the statement timeout, so that a wait for a lock is named as one. */
const LOCK_TIMEOUT_MS = 2_000
/** A client that died inside a transaction must not hold its locks until another node takes over. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 2_000
const CONNECT_TIMEOUT_MS = 3_000
/** Above the time-out of a statement: so long the server may take to say that it has ended one. */
const SILENCE_MS = 1_500
/** Above the deadline of a `CopyLane`, which has given its connection up by then. */
const COPY_SILENCE_MS = 3_000
/** Of a pool: more than a node that is well ever has, and less than what would take seconds once the record is back. */
const WAITING_MAX = 5_000
/** After a failed connection: short and constant, so that a server that is back is found at once. */
const RECONNECT_AFTER_S = 0.2

/** For what is still under way when a node stops. */
const END_TIMEOUT_S = 2

/** Opens no connection yet: the first query does. */
export function connect(url: string, options: ConnectOptions): Sql {
  const { url: plainUrl, tls } = postgresTarget(url)
  const connectTimeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS
  const statementTimeoutMs = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS
  const isCopy = options.use === 'copy'
  const answerMaxMs = options.answerMaxMs ?? statementTimeoutMs + (isCopy ? COPY_SILENCE_MS : SILENCE_MS)
  const guard = isCopy ? null : new RecordGuard({ answerMaxMs, waitingMax: WAITING_MAX })
  const watch = <S extends Socket>(socket: S): S => watched(socket, answerMaxMs, () => guard?.silent())
  const socket = async (to: SocketOptions): Promise<Socket> => {
    try {
      guard?.admitConnection()
      return calmed(watch(tls === null ? plainSocket(to) : await tlsSocket(to, tls, connectTimeoutMs)))
    } catch (error) {
      return new FailedSocket(error as Error)
    }
  }
  // `socket` is missing from the client's types.
  const clientOptions = {
    max: options.max,
    types: options.personal === undefined ? types : { ...types, json: openedBy(options.personal) },
    // It would take the process down where the server goes away meanwhile: see `array-types.ts`.
    fetch_types: false,
    connect_timeout: connectTimeoutMs / 1_000,
    // What waits in the driver while nothing is asked is told so at once.
    backoff: () => (guard?.isOpen ? 0 : RECONNECT_AFTER_S),
    socket,
    onnotice: () => undefined,
    connection: {
      application_name: options.applicationName,
      statement_timeout: statementTimeoutMs,
      lock_timeout: options.lockTimeoutMs ?? LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? IDLE_IN_TRANSACTION_TIMEOUT_MS,
      // Statements here are short; compiling one would cost more than running it.
      jit: 'off',
      ...STARTUP_PADDING,
      ...options.settings,
    },
  }
  const client = postgres(plainUrl, clientOptions)
  const sql = guard === null ? client : guard.over(client)
  if (options.personal !== undefined) sealOver(sql, options.personal)
  return sql
}

const JSON_TYPE = 114
const JSONB_TYPE = 3802

/** How the client reads documents; they are written as text, by `recordText`. */
function openedBy(personal: PersonalFields) {
  return {
    to: JSON_TYPE,
    from: [JSON_TYPE, JSONB_TYPE],
    serialize: (value: unknown): string => JSON.stringify(value),
    parse: (text: string): unknown => personal.parse(text),
  }
}

/** Opens every connection now rather than with the requests that come first. */
export async function warm(sql: Sql): Promise<void> {
  await Promise.all(Array.from({ length: sql.options.max }, () => sql`select 1`))
}

/**
 * Ends the sessions. The time is bounded because the client waits for ever on a connection that broke during a request.
 */
export async function disconnect(sql: Sql): Promise<void> {
  await sql.end({ timeout: END_TIMEOUT_S })
}

/** What an error of the client or the server says about the request that met it. */
export type Failure =
  /** Surely nothing was changed; it may be tried again later. */
  | 'unavailable'
  /** The connection broke: if the request was on its way, it may or may not have been carried out. */
  | 'lost'
  /** Nothing was changed; try again at once. Two transactions met, or the session had ended before it got the request. */
  | 'again'
  /** The server has refused what was asked, and would again. */
  | 'refused'

/** Raised by the client before anything was sent. */
const NOT_SENT: ReadonlySet<string> = new Set([
  'CONNECT_TIMEOUT',
  'CONNECTION_ENDED',
  'ECONNREFUSED',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'SESSION_CLOSED',
  GUARD_CODES.silent,
  GUARD_CODES.busy,
])
/** Raised by the client or its socket on a connection that had been open. */
const BROKEN: ReadonlySet<string> = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  // As Bun says it of a write that was under way.
  'ECANCELED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_SOCKET_CLOSED',
  GUARD_CODES.late,
])

/**
 * By SQLSTATE; an error that ends a statement rolls it back.
 *
 * An error that ends the session is never the answer to a request here: the client answers what was under way with
 * `CONNECTION_CLOSED`, and hands the server's last words to the first request after it has connected anew, which was
 * not sent. Where it could not connect, they say why.
 */
function failureOfServer({ code, severity }: postgres.PostgresError): Failure {
  const isLastWord = severity === 'FATAL' || severity === 'PANIC'
  if (isLastWord && /^(57P0[1245]|25P0[34]|08|XX)/.test(code)) return 'again'
  if (code === '40001' || code === '40P01') return 'again'
  // Unknown completion.
  if (code === '40003' || code.startsWith('08')) return 'lost'
  // Cancelled (statement or lock time-out), starting up or shutting down, dropped.
  if (code === '55P03' || code.startsWith('57')) return 'unavailable'
  // Out of disk, memory or connections; no access; a standby after a fail-over; files that cannot be read.
  if (/^(53|28|58|3D|25006)/.test(code)) return 'unavailable'
  return 'refused'
}

/** @returns null where the error is none of the database's: a bug of ours. */
export function failureOf(error: unknown): Failure | null {
  if (error instanceof postgres.PostgresError) return failureOfServer(error)
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (typeof code !== 'string') return null
  if (NOT_SENT.has(code)) return 'unavailable'
  return BROKEN.has(code) ? 'lost' : null
}

/** A unique index has refused a row. @returns the index's name, else null. */
export function duplicateIn(error: unknown): string | null {
  return error instanceof postgres.PostgresError && error.code === '23505' ? (error.constraint_name ?? '') : null
}

/**
 * For requests that are safe to repeat, where it does not matter whether they were carried out.
 *
 * @returns the error to throw where the record did not answer or could not serve; null where it has refused the request
 *   itself, so that repeating it would not help.
 */
export function storeError(error: unknown): StoreUnavailableError | null {
  if (error instanceof StoreUnavailableError) return error
  const failure = failureOf(error)
  if (failure === null || failure === 'refused') return null
  return new StoreUnavailableError(`The record did not answer: ${(error as Error).message}`, { cause: error })
}

/** The server may forget what it has acknowledged. */
export class UnsafeServerError extends Error {
  override readonly name = 'UnsafeServerError'
}

interface DurabilitySettings {
  readonly fsync: string
  readonly synchronous_commit: string
  readonly full_page_writes: string
}

/**
 * Checks that what the server acknowledges survives its crash and a power cut, as far as its settings say.
 *
 * @throws {UnsafeServerError} with a sentence that names the setting. The caller decides what follows.
 * @throws {StoreUnavailableError}
 */
export async function assertDurable(sql: Sql): Promise<void> {
  const [settings] = await sql<DurabilitySettings[]>`
    select current_setting('fsync') as fsync,
      current_setting('synchronous_commit') as synchronous_commit,
      current_setting('full_page_writes') as full_page_writes`.catch((error: unknown) => {
    throw storeError(error) ?? error
  })
  if (settings?.fsync !== 'on') {
    throw new UnsafeServerError('Postgres runs with fsync off: a power cut may lose or corrupt what was acknowledged.')
  }
  if (settings.full_page_writes !== 'on') {
    throw new UnsafeServerError(
      'Postgres runs with full_page_writes off: a crash of the machine may corrupt what was acknowledged.',
    )
  }
  if (settings.synchronous_commit !== 'on' && settings.synchronous_commit !== 'remote_apply') {
    throw new UnsafeServerError(
      `Postgres runs with synchronous_commit = ${settings.synchronous_commit}: a crash may lose what was acknowledged; it must be on or remote_apply.`,
    )
  }
}
