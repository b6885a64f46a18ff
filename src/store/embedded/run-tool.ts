import { spawn } from 'node:child_process'

/** A system user to run as; null: as ourselves. */
export interface ServerUser {
  readonly uid: number
  readonly gid: number
}

export interface ToolResult {
  readonly ok: boolean
  /** What it wrote, or why it could not be run. */
  readonly output: string
}

const OUTPUT_MAX_CHARS = 64_000

/**
 * Nothing of our environment: PG* variables and an unknown locale would change what the tools do, and the
 * server must not carry the node's secrets.
 */
export const TOOL_ENV = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
}

/** Runs a program to its end, from `/`: the other user may not be allowed to stand where we stand. */
export function runTool(
  path: string,
  args: readonly string[],
  options: { readonly user: ServerUser | null; readonly maxMs: number },
): Promise<ToolResult> {
  return new Promise(resolve => {
    let output = ''
    const child = spawn(path, args, {
      cwd: '/',
      env: TOOL_ENV,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.maxMs,
      killSignal: 'SIGKILL',
      ...(options.user && { uid: options.user.uid, gid: options.user.gid }),
    })
    const collect = (chunk: Buffer) => {
      if (output.length < OUTPUT_MAX_CHARS) output += chunk.toString()
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.once('error', error => resolve({ ok: false, output: error.message }))
    child.once('close', (code, signal) => {
      const end = signal === null ? '' : `\nended by ${signal} (limit ${options.maxMs} ms)`
      resolve({ ok: code === 0, output: (output + end).trim() })
    })
  })
}
