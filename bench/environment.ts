/** What a figure must name to be compared with another: versions, commit, machine. */
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import manifest from '../package.json'
import { VERSION } from '../src/version.ts'
import type { Figures } from './bench.ts'

const ROOT = join(import.meta.dir, '..')
/** What the figures depend on besides Bun and Postgres. */
const NAMED_DEPENDENCIES = ['elysia', 'h3-js', 'ioredis', 'msgpackr', 'postgres'] as const

export function environment(postgresVersion: string | null): Figures {
  const commit = git(['rev-parse', '--short', 'HEAD'])
  return {
    versions: { waggle: VERSION, bun: Bun.version, postgres: postgresVersion, dependencies: dependencies() },
    commit,
    /** Files that are tracked and differ from the commit: then its name says too much. */
    uncommitted_changes: commit === null ? null : git(['status', '--porcelain', '-uno']) !== '',
    machine: machine(),
    /** When it was over, the bench's own work included: on a machine that others use, no figure means much without it. */
    load_average: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  }
}

function dependencies(): Record<string, string> {
  const pinned: Readonly<Record<string, string>> = manifest.dependencies
  return Object.fromEntries(NAMED_DEPENDENCIES.map(name => [name, pinned[name] ?? '']))
}

function machine(): Figures {
  const processors = cpus()
  const gigabytes = totalmem() / 2 ** 30
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memory_gb: Math.round(gigabytes * 10) / 10,
  }
}

/** @returns null where there is no git, or no repository. */
function git(args: readonly string[]): string | null {
  try {
    const { exitCode, stdout } = Bun.spawnSync(['git', ...args], { cwd: ROOT, stderr: 'ignore' })
    return exitCode === 0 ? stdout.toString().trim() : null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
