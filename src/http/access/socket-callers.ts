/**
 * How many sockets each caller has open. A phone or a page has a few; one that opens more and more has lost count, and would
 * take the places of others. Servers and consoles carry others' and are not counted; of a link all who hold it count together.
 */
import type { HttpLimits } from '../limits.ts'
import type { Principal } from './principal.ts'
import { whoSpends } from './rates.ts'

type Limits = Pick<HttpLimits, 'socketsPerCallerMax' | 'socketsPerLinkMax'>

export class SocketCallers {
  readonly #limits: Limits
  readonly #open = new Map<string, number>()

  constructor(limits: Limits) {
    this.#limits = limits
  }

  mayOpen(principal: Principal): boolean {
    const max = this.#maxOf(principal)
    return max === null || (this.#open.get(whoSpends(principal)) ?? 0) < max
  }

  opened(principal: Principal): void {
    if (this.#maxOf(principal) !== null) this.#add(whoSpends(principal), 1)
  }

  closed(principal: Principal): void {
    if (this.#maxOf(principal) !== null) this.#add(whoSpends(principal), -1)
  }

  #maxOf({ role }: Principal): number | null {
    switch (role) {
      case 'customer':
      case 'driver':
        return this.#limits.socketsPerCallerMax
      case 'link':
        return this.#limits.socketsPerLinkMax
      case 'dispatcher':
      case 'service':
      case 'admin':
        return null
    }
  }

  #add(who: string, count: number): void {
    const open = (this.#open.get(who) ?? 0) + count
    if (open > 0) this.#open.set(who, open)
    else this.#open.delete(who)
  }
}
