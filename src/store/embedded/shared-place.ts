/**
 * Where things go that the server's user must reach when the checkout is closed to it (root's home, a home
 * with mode 0700): a directory of root that everybody may enter. Never a temporary directory: those are
 * swept, and this holds the record.
 */
import { chmod, mkdir, realpath, stat } from 'node:fs/promises'
import { runTool, type ServerUser } from './run-tool.ts'

export const SHARED_DIRS: readonly string[] = ['/var/lib/waggle', '/srv/waggle', '/opt/waggle', '/usr/local/var/waggle']

const TOOL_MAX_MS = 20_000

/** Asked of the system itself (as that user), since mode bits do not tell about ACLs and mounts. */
export async function canEnter(user: ServerUser | null, dir: string): Promise<boolean> {
  return (await runTool('/bin/sh', ['-c', 'cd "$1"', 'sh', dir], { user, maxMs: TOOL_MAX_MS })).ok
}

/**
 * Tries `use` in one place after the other.
 *
 * @returns the first result that is not null, or why each place was refused.
 */
export async function inFirstSharedPlace<T>(
  dirs: readonly string[],
  user: ServerUser,
  use: (dir: string) => Promise<T | null>,
): Promise<{ readonly result: T } | { readonly refusals: readonly string[] }> {
  const refusals: string[] = []
  for (const dir of dirs) {
    try {
      await openDir(dir)
      // A place that somebody else owns could be swapped under us.
      if ((await stat(dir)).uid !== 0) refusals.push(`${dir} does not belong to root`)
      else if (!(await canEnter(user, dir))) refusals.push(`${dir} is closed to uid ${user.uid}`)
      else {
        const result = await use(await realpath(dir))
        if (result !== null) return { result }
        refusals.push(`${dir} is not usable by uid ${user.uid}`)
      }
    } catch (error) {
      refusals.push(`${dir}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return { refusals }
}

/** Makes the directory and sets only its own mode: its parents are not ours. */
async function openDir(dir: string): Promise<void> {
  if ((await mkdir(dir, { recursive: true, mode: 0o755 })) !== undefined) await chmod(dir, 0o755)
}
