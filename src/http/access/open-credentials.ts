/**
 * What the open sockets were opened with. A socket shows its credential once; so that this is not for ever, a socket ends with
 * its token, and those opened with an API key are looked after together: one read per sweep for all of them, whatever they send.
 * One ends with the very secret that opened it: after a rotation, when its grace time is over.
 */
import type { Cancel, Clock } from '../../actors/runtime/ports.ts'
import type { ApiKeyRecord } from '../../store/api-keys.ts'
import { opens } from './key-ring.ts'
import type { Principal } from './principal.ts'

export interface Closable {
  close(code: number, reason: string): void
}

export interface OpenCredentialsDeps {
  readonly clock: Clock
  /** Those that are there. @throws {StoreUnavailableError} */
  readonly read: (keyIds: readonly string[]) => Promise<readonly ApiKeyRecord[]>
  readonly onFailure: (error: unknown) => void
}

/** How long a socket outlives its key at most, with the read that finds out. */
const SWEEP_MS = 5_000
const POLICY_VIOLATION = 1_008

export class OpenCredentials<S extends Closable> {
  readonly #deps: OpenCredentialsDeps
  /** By id: each with the digest of its secret. */
  readonly #byKey = new Map<string, Map<S, Buffer>>()
  readonly #timers = new Map<S, Cancel>()
  #sweep: Cancel | null = null

  constructor(deps: OpenCredentialsDeps) {
    this.#deps = deps
  }

  opened(socket: S, { key, expiresAtMs }: Principal): void {
    if (expiresAtMs !== null) this.#closeAt(socket, expiresAtMs)
    if (key === null) return
    const sockets = this.#byKey.get(key.keyId) ?? new Map()
    this.#byKey.set(key.keyId, sockets.set(socket, key.digest))
    this.#sweepLater()
  }

  closed(socket: S, { key }: Principal): void {
    this.#timers.get(socket)?.()
    this.#timers.delete(socket)
    if (key === null) return
    const sockets = this.#byKey.get(key.keyId)
    sockets?.delete(socket)
    if (sockets?.size === 0) this.#byKey.delete(key.keyId)
  }

  /** A key was revoked or rotated here: the sockets that it opens no more need not wait for the sweep. */
  changed(keyId: string, record: ApiKeyRecord | null): void {
    const nowMs = this.#deps.clock.nowMs()
    for (const [socket, digest] of this.#byKey.get(keyId) ?? []) {
      if (record === null || !opens(record, digest, nowMs)) {
        socket.close(POLICY_VIOLATION, 'The key is not good any more.')
      }
    }
  }

  stop(): void {
    this.#sweep?.()
    this.#sweep = null
    for (const cancel of this.#timers.values()) cancel()
    this.#timers.clear()
  }

  #closeAt(socket: S, atMs: number): void {
    const fire = (): void => {
      // Timers can fire early, and none waits for more than some weeks.
      if (this.#deps.clock.nowMs() < atMs) this.#closeAt(socket, atMs)
      else socket.close(POLICY_VIOLATION, 'The token has expired; connect again with a new one.')
    }
    this.#timers.set(socket, this.#deps.clock.after(atMs - this.#deps.clock.nowMs(), fire))
  }

  #sweepLater(): void {
    this.#sweep ??= this.#deps.clock.after(SWEEP_MS, () => void this.#closeEnded())
  }

  async #closeEnded(): Promise<void> {
    const keyIds = [...this.#byKey.keys()]
    try {
      const records = keyIds.length === 0 ? [] : await this.#deps.read(keyIds)
      const byId = new Map(records.map(record => [record.keyId, record]))
      for (const keyId of keyIds) this.changed(keyId, byId.get(keyId) ?? null)
    } catch (error) {
      // A silent record has not revoked anything that we know of: they are looked at again.
      this.#deps.onFailure(error)
    }
    if (this.#sweep === null) return
    this.#sweep = null
    if (this.#byKey.size > 0) this.#sweepLater()
  }
}
