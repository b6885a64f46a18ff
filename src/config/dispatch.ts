/** Settings of dispatch: whom it asks, how long it waits, what it weighs. */
import { readFileSync, statSync } from 'node:fs'
import type { DispatchSettings } from '../actors/settings.ts'
import { DEFAULT_RULESET, type DispatchRuleset, parseRuleset, RulesetError } from '../domain/dispatch-ruleset.ts'
import { ConfigError } from './config-error.ts'
import { type SettingReader, wholeNumber } from './values.ts'

export function readDispatchSettings(
  { text, whole, secondsMs, oneOf }: SettingReader,
  shards: number,
): DispatchSettings {
  return {
    shards,
    acceptAutomatically: oneOf('WAGGLE_ACCEPT', ['manual', 'auto']) === 'auto',
    offersAtOnce: offersAtOnce(text('WAGGLE_OFFERS')),
    offerTtlMs: secondsMs('WAGGLE_OFFER_TTL_S', 1, 3_600),
    orderTtlMs: secondsMs('WAGGLE_ORDER_TTL_S', 1, 86_400),
    scheduleLeadMs: secondsMs('WAGGLE_SCHEDULE_LEAD_S', 0, 86_400),
    scheduleLateMs: secondsMs('WAGGLE_SCHEDULE_LATE_S', 0, 604_800),
    noShowAfterMs: secondsMs('WAGGLE_NO_SHOW_S', 0, 86_400),
    staleMs: secondsMs('WAGGLE_STALE_S', 1, 86_400),
    matchWindowMs: whole('WAGGLE_MATCH_WINDOW_MS', 0, 60_000),
    pickupMaxS: whole('WAGGLE_PICKUP_MAX_S', 1, 86_400),
    lookAheadMs: secondsMs('WAGGLE_LOOK_AHEAD_S', 0, 3_600),
    ruleset: rulesetFile(text('WAGGLE_DISPATCH_RULESET')),
  }
}

/** How many drivers a broadcast asks at most: each is a hold that keeps a driver from other offers. */
const BROADCAST_MAX = 2_000

function offersAtOnce(value: string): number {
  if (value === 'one') return 1
  const k = /^broadcast:(\d+)$/.exec(value)?.[1]
  if (k === undefined) throw new ConfigError(`WAGGLE_OFFERS must be one or broadcast:k, not "${value}".`)
  return wholeNumber('WAGGLE_OFFERS (k of broadcast:k)', k, 1, BROADCAST_MAX)
}

const RULESET_BYTES_MAX = 65_536

function rulesetFile(path: string): DispatchRuleset {
  if (path === '') return DEFAULT_RULESET
  try {
    if (statSync(path).size > RULESET_BYTES_MAX) throw new RulesetError(`it is larger than ${RULESET_BYTES_MAX} bytes`)
    return parseRuleset(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    const why = cause instanceof RulesetError ? cause.message : 'it cannot be read as JSON'
    throw new ConfigError(`WAGGLE_DISPATCH_RULESET (${path}): ${why}.`, { cause })
  }
}
