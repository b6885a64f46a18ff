import type { Uniform } from '../domain/ids.ts'
import { randomStream } from '../sim/random.ts'
import { Calls, type Outcome } from './calls.ts'
import type { Ledger } from './ledger.ts'
import type { Targets } from './targets.ts'
import { readOrderTold } from './told.ts'

export interface WorldOptions {
  readonly seed: number
  readonly runId: string
  readonly token: string
  readonly ledger: Ledger
  readonly targets: Targets
  /** As in {@link Calls}. */
  readonly onCommand: (orderId: string, sentAtMs: number) => void
}

/** What the clients of one audit share. */
export class World {
  readonly targets: Targets
  readonly calls: Calls
  readonly ledger: Ledger
  readonly token: string
  /** Different for each run, so that two runs on one data directory never meet. */
  readonly runId: string
  /** `draining`: nobody asks for anything new. `over`: nothing is repeated any more. */
  phase: 'load' | 'draining' | 'over' = 'load'
  readonly #seed: number
  readonly #over = new AbortController()
  readonly #work = new Set<Promise<void>>()
  readonly #failures: unknown[] = []

  constructor(options: WorldOptions) {
    this.#seed = options.seed
    this.targets = options.targets
    this.runId = options.runId
    this.token = options.token
    this.ledger = options.ledger
    this.calls = new Calls({
      targets: options.targets,
      token: options.token,
      signal: this.#over.signal,
      onUnexpected: what => this.ledger.foundUnexpected(what),
      onCommand: options.onCommand,
    })
  }

  get isLoading(): boolean {
    return this.phase === 'load'
  }

  get isOver(): boolean {
    return this.phase === 'over'
  }

  /** A stream of its own for each client: what one does, which depends on the network, changes nothing for the others. */
  random(label: string): Uniform {
    return randomStream(this.#seed, label)
  }

  /** Work that goes on beside everything else; {@link end} waits for it, and tells what went wrong with it. */
  start(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        this.#failures.push(error)
      })
      .finally(() => this.#work.delete(tracked))
    this.#work.add(tracked)
  }

  /** Ends early when the run is over. */
  sleep(ms: number): Promise<void> {
    const { signal } = this.#over
    if (signal.aborted) return Promise.resolve()
    return new Promise(resolve => {
      const wake = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      const timer = setTimeout(wake, Math.max(0, ms))
      signal.addEventListener('abort', wake)
    })
  }

  /** What is told of an order, if anybody answers. An order that is offered or booked must be there. */
  async look(orderId: string): Promise<Outcome> {
    const call = { method: 'GET', path: `/v1/orders/${orderId}` } as const
    const outcome = await this.calls.untilAnswered(call)
    if (outcome.kind === 'unanswered') return outcome
    const told = readOrderTold(outcome.body)
    if (outcome.status === 200 && told !== null) this.ledger.saw(told)
    else if (outcome.status === 404)
      this.ledger.findings.add({ kind: 'lost', what: 'order read as 404', about: { order: orderId } })
    else this.calls.unexpected(call, outcome)
    return outcome
  }

  /** @throws what went wrong in the clients themselves. */
  async end(): Promise<void> {
    this.phase = 'over'
    this.#over.abort()
    while (this.#work.size > 0) await Promise.all(this.#work)
    if (this.#failures.length > 0) throw new AggregateError(this.#failures, 'the clients of the audit have failed')
  }
}
