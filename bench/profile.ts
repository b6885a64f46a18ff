/** CPU profiles of processes that a bench starts. */
import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'

/**
 * @param dir  null: none. Each process leaves a file there when it ends, to be read as text.
 * @returns settings for the processes: Bun reads flags from its environment.
 */
export async function profileEnv(dir: string | null): Promise<Record<string, string>> {
  if (dir === null) return {}
  const own = resolve(dir)
  await mkdir(own, { recursive: true })
  return { BUN_OPTIONS: `--cpu-prof-md --cpu-prof-dir=${own}` }
}
