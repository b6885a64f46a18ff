/** What the published data of several events have in common. */
import { type TSchema, Type } from '@sinclair/typebox'
import type { UnixMs } from '../domain/ids.ts'

export const Instant = Type.String({ format: 'date-time' })
export const Role = Type.String({
  description: 'Who caused it: customer, driver, dispatcher, admin, service or system.',
})

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export function instant(atMs: UnixMs): string {
  return new Date(atMs).toISOString()
}
