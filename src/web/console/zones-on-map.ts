/** The zones that the map shows. Few change them, so they are read anew once a minute, and at once where somebody here has. */
import { computed, signal } from '@preact/signals'
import { ApiError } from '../shared/api.ts'
import type { Zone, ZoneKind } from '../shared/manage.ts'
import type { Page } from '../shared/views.ts'
import { call } from '../ui/call.ts'
import * as state from './state.ts'

const EVERY_MS = 60_000
const PAGE = 500
/** More shapes than anybody tells apart; the newest are shown. */
const PAGES_MAX = 6

/** Null: not read yet. */
export const zones = signal<readonly Zone[] | null>(null)
/** There are more than these. */
export const isCut = signal(false)
export const hiddenKinds = signal<ReadonlySet<ZoneKind>>(new Set())
export const chosenId = signal<string | null>(null)
/** It is drawn anew, and so not shown as it was. */
export const drawnId = signal<string | null>(null)
export const shown = computed(() => (zones.value ?? []).filter(zone => !hiddenKinds.value.has(zone.kind)))

let turn = 0

/** A read that was overtaken by a later one says nothing any more. */
export async function readZones(): Promise<void> {
  const mine = ++turn
  try {
    const [all, hasMore] = await everyZone()
    if (mine !== turn) return
    zones.value = all
    isCut.value = hasMore
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    // A key may be narrowed to less than zones; the map goes without.
    if (error.status === 403) zones.value ??= []
    else state.trouble.value = error.message
  }
}

async function everyZone(): Promise<[zones: Zone[], hasMore: boolean]> {
  const all: Zone[] = []
  let cursor = ''
  for (let i = 0; i < PAGES_MAX; i++) {
    const page = await call<Page<Zone>>(`/v1/zones?limit=${PAGE}${cursor}`)
    all.push(...page.data)
    if (page.next_cursor === null) return [all, false]
    cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`
  }
  return [all, true]
}

/** @returns what ends it. */
export function keepZones(): () => void {
  void readZones()
  const timer = setInterval(() => void readZones(), EVERY_MS)
  return () => clearInterval(timer)
}

export function toggleKind(kind: ZoneKind): void {
  const next = new Set(hiddenKinds.value)
  if (!next.delete(kind)) next.add(kind)
  hiddenKinds.value = next
}
