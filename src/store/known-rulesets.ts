import type { Ruleset } from '../domain/pricing/ruleset.ts'
import type { Sql } from './postgres.ts'
import { rulesetByVersion } from './rulesets.ts'

/** Each version is read once: it is never changed. */
export class KnownRulesets {
  readonly #sql: Sql
  readonly #known = new Map<string, Ruleset | null>()

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** @throws {StoreUnavailableError} */
  async of(version: string): Promise<Ruleset | null> {
    const known = this.#known.get(version)
    if (known !== undefined) return known
    const read = (await rulesetByVersion(this.#sql, version))?.ruleset ?? null
    this.#known.set(version, read)
    return read
  }
}
