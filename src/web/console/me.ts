/** Who is signed in, and what that one may do. The node judges each call anew: this only keeps the console from offering what it would refuse. */
import { computed, signal } from '@preact/signals'
import { call } from '../ui/call.ts'

export interface Me {
  readonly role: string
  readonly id: string
  readonly mode: 'live' | 'test'
  /** Names of rights, as `POST /v1/zones`. */
  readonly may: readonly string[]
}

/** Null: not known yet. */
export const me = signal<Me | null>(null)
const rights = computed(() => new Set(me.value?.may ?? []))

/** @param right  a method and the pattern of a path: `DELETE /v1/zones/{zone_id}`. */
export function may(right: string): boolean {
  return rights.value.has(right)
}

/** @throws {ApiError} */
export async function readMe(): Promise<void> {
  me.value = await call<Me>('/v1/me')
}
