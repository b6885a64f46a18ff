/** A real Prometheus on loopback, for as long as a test wants to ask it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '../../src/services/find-program.ts'
import { freePort } from '../../src/store/embedded/free-port.ts'
import { until } from './until.ts'

export interface Prometheus {
  readonly url: string
  /** The values of an instant query, by their labels. */
  query(expression: string): Promise<{ readonly metric: Readonly<Record<string, string>>; readonly value: number }[]>
  get(path: string): Promise<unknown>
  stop(): Promise<void>
}

interface Answer {
  readonly data: {
    readonly result: readonly { readonly metric: Record<string, string>; readonly value: readonly [number, string] }[]
  }
}

/** @param config  as YAML; JSON is YAML. @throws where it does not get ready. */
export async function startPrometheus(config: object): Promise<Prometheus> {
  const program = await findProgram('prometheus')
  if (program === null) throw new Error('prometheus is not installed')
  const dir = await mkdtemp(join(tmpdir(), 'waggle-prometheus-'))
  await Bun.write(join(dir, 'prometheus.yml'), JSON.stringify(config))
  const port = await freePort([])
  const args = [
    `--config.file=${dir}/prometheus.yml`,
    `--storage.tsdb.path=${dir}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]
  const log = Bun.file(join(dir, 'log'))
  const child = Bun.spawn([program, ...args], { cwd: dir, stdin: 'ignore', stdout: log, stderr: log })
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  const url = `http://127.0.0.1:${port}`
  const get = async (path: string) => (await fetch(`${url}${path}`)).json()
  const stop = async () => {
    process.off('exit', end)
    child.kill('SIGKILL')
    await child.exited
    await rm(dir, { recursive: true, force: true })
  }
  try {
    await until(async () => (await answers(`${url}/-/ready`)) || child.exitCode !== null, 'Prometheus is ready', 20_000)
    if (child.exitCode !== null) throw new Error(`Prometheus has ended: ${await log.text()}`)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url,
    get,
    async query(expression) {
      const { data } = (await get(`/api/v1/query?query=${encodeURIComponent(expression)}`)) as Answer
      return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }))
    },
    stop,
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch {
    // Not yet.
    return false
  }
}

/** What `promtool` says, and whether it is content. */
export async function promtool(args: readonly string[], input?: string): Promise<{ ok: boolean; said: string }> {
  const program = await findProgram('promtool')
  if (program === null) throw new Error('promtool is not installed')
  const child = Bun.spawn([program, ...args], { stdin: 'pipe', stdout: 'pipe', stderr: 'pipe' })
  child.stdin.write(input ?? '')
  await child.stdin.end()
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { ok: code === 0, said: `${out}${err}` }
}
