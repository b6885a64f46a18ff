/**
 * A connection to NATS that never gives up by itself.
 *
 * The client tries for ever to get back to any of the servers, with jitter so that a fleet of nodes does not come back as one.
 * Meanwhile it would buffer whatever is published and send it later, perhaps much later: who must not say old things asks
 * `isUp` first. A server that has frozen says nothing at all; it is found by pings.
 */
import { readFile } from 'node:fs/promises'
import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  ErrorCode,
  Events,
  type NatsConnection,
  NatsError,
} from 'nats'
import type { Clock } from '../../actors/runtime/ports.ts'
import type { NatsTarget } from './nats-target.ts'

/** NATS was not reached in time. Retryable; nothing was changed. */
export class NatsUnreachableError extends Error {
  override readonly name = 'NatsUnreachableError'
}

/** NATS answered, and does not let us in. Not retryable: a setting is wrong. */
export class NatsRefusedError extends Error {
  override readonly name = 'NatsRefusedError'
}

/** What becomes of a connection. Holds no secret; may be logged. */
export type NatsEvent =
  | { readonly kind: 'disconnected'; readonly server: string }
  | { readonly kind: 'reconnected'; readonly server: string }
  /** The server refused something, or the connection broke a rule. */
  | { readonly kind: 'error'; readonly code: string }
  /** For good: by `drain`, or because the client gave up. */
  | { readonly kind: 'closed'; readonly code: string | null }

export interface NatsOptions {
  readonly target: NatsTarget
  /** What the server shows of this connection. */
  readonly name: string
  readonly clock: Clock
  readonly onEvent: (event: NatsEvent) => void
  /** For the first connection. */
  readonly connectMaxMs?: number
}

/** A server in the same place answers in 1 ms; another one is tried after that. */
const ATTEMPT_MAX_MS = 2_000
const FIRST_CONNECTION_MAX_MS = 10_000
const FIRST_RETRY_MS = 200
/** Short, because leases lapse meanwhile; the jitter spreads the nodes over as much again. */
const RECONNECT_AFTER_MS = 100
const RECONNECT_JITTER_MS = 150
/** A frozen server is given up after two pings without an answer: before a lease lapses, so that another server is found. */
const PING_EVERY_MS = 1_000
const PINGS_UNANSWERED_MAX = 2
/** What is under way when a node stops. */
const DRAIN_MAX_MS = 2_000

const REFUSALS: ReadonlySet<string> = new Set([
  ErrorCode.AuthorizationViolation,
  ErrorCode.AuthenticationExpired,
  ErrorCode.PermissionsViolation,
  ErrorCode.BadAuthentication,
  ErrorCode.BadCreds,
])

export class NatsLink {
  readonly connection: NatsConnection
  readonly #clock: Clock
  readonly #listeners = new Set<(event: NatsEvent) => void>()
  #isUp = true

  private constructor(connection: NatsConnection, { clock, onEvent }: NatsOptions) {
    this.connection = connection
    this.#clock = clock
    this.#listeners.add(onEvent)
  }

  /** @throws {NatsUnreachableError} @throws {NatsRefusedError} */
  static async open(options: NatsOptions): Promise<NatsLink> {
    const settings = await clientOptions(options)
    const link = new NatsLink(await firstConnection(settings, options), options)
    void link.#follow()
    return link
  }

  /** As far as this side knows: a cut is noticed after some pings at the latest. */
  get isUp(): boolean {
    return this.#isUp && !this.connection.isClosed() && !this.connection.isDraining()
  }

  listen(onEvent: (event: NatsEvent) => void): () => void {
    this.#listeners.add(onEvent)
    return () => this.#listeners.delete(onEvent)
  }

  /** Sends what is under way, lets subscriptions finish, and closes; closes anyway after a while. */
  async drain(): Promise<void> {
    if (this.connection.isClosed()) return
    const late = Promise.withResolvers<void>()
    const cancel = this.#clock.after(DRAIN_MAX_MS, () => late.resolve())
    // Refused where it is draining already, or has closed meanwhile: what is wanted comes about either way.
    const drained = this.connection.isDraining() ? this.connection.closed() : this.connection.drain()
    await Promise.race([drained.catch(() => undefined), late.promise])
    cancel()
    await this.close()
  }

  /** At once: nothing under way is waited for. */
  async close(): Promise<void> {
    await this.connection.close()
  }

  async #follow(): Promise<void> {
    void this.connection.closed().then(error => {
      this.#isUp = false
      this.#tell({ kind: 'closed', code: error instanceof NatsError ? error.code : null })
    })
    for await (const { type, data } of this.connection.status()) {
      if (type === Events.Disconnect) {
        this.#isUp = false
        this.#tell({ kind: 'disconnected', server: String(data) })
      } else if (type === Events.Reconnect) {
        this.#isUp = true
        this.#tell({ kind: 'reconnected', server: String(data) })
      } else if (type === Events.Error) {
        this.#tell({ kind: 'error', code: String(data) })
      }
    }
  }

  #tell(event: NatsEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }
}

async function clientOptions({ target, name }: NatsOptions): Promise<ConnectionOptions> {
  const { servers, tls, login, credsFile, caFile } = target
  return {
    servers: [...servers],
    name,
    timeout: ATTEMPT_MAX_MS,
    reconnect: true,
    maxReconnectAttempts: -1,
    // A password that is being changed on the servers is right again later.
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: RECONNECT_AFTER_MS,
    reconnectJitter: RECONNECT_JITTER_MS,
    reconnectJitterTLS: RECONNECT_JITTER_MS,
    pingInterval: PING_EVERY_MS,
    maxPingOut: PINGS_UNANSWERED_MAX,
    ...(tls || caFile !== null ? { tls: caFile === null ? {} : { caFile } } : {}),
    ...(login.kind === 'password' ? { user: login.user, pass: login.password } : {}),
    ...(login.kind === 'token' ? { token: login.token } : {}),
    ...(credsFile === null ? {} : { authenticator: credsAuthenticator(await credentials(credsFile)) }),
  }
}

async function credentials(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path))
  } catch (cause) {
    throw new NatsRefusedError(`The NATS credentials file ${path} cannot be read.`, { cause })
  }
}

/**
 * Finds out whether we are let in. A client that is to try for ever, over TLS, does so from its very first refusal on, and its
 * `connect` is never settled.
 */
async function knock(settings: ConnectionOptions): Promise<void> {
  const once = await connect({ ...settings, reconnect: false, ignoreAuthErrorAbort: false })
  await once.close()
}

async function firstConnection(settings: ConnectionOptions, options: NatsOptions): Promise<NatsConnection> {
  const { target, clock, connectMaxMs = FIRST_CONNECTION_MAX_MS } = options
  const where = target.servers.join(', ')
  const untilMs = clock.nowMs() + connectMaxMs
  for (;;) {
    try {
      await knock(settings)
      return await connect(settings)
    } catch (cause) {
      if (cause instanceof NatsError && REFUSALS.has(cause.code)) {
        throw new NatsRefusedError(`NATS at ${where} does not let us in (${cause.code}).`, { cause })
      }
      if (clock.nowMs() + FIRST_RETRY_MS >= untilMs) {
        throw new NatsUnreachableError(`NATS at ${where} was not reached within ${connectMaxMs} ms.`, { cause })
      }
      await new Promise<void>(resolve => clock.after(FIRST_RETRY_MS, resolve))
    }
  }
}
