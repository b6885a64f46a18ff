/** Both systems, started and idle, each with a database of its own on the servers that they share. */
import { join } from 'node:path'
import { connect, disconnect } from '../../src/store/postgres.ts'
import { postmasterOf } from '../ingest/processes.ts'
import { readSafeServer, type ServerSettings } from '../ingest/record.ts'
import { startRig } from '../ingest/rig.ts'
import { profileEnv } from '../profile.ts'
import { startBaseline } from './baseline-rig.ts'
import type { PipelineOptions, SystemName } from './options.ts'
import type { Servers } from './servers.ts'
import type { System } from './trial.ts'

export interface Running {
  readonly systems: readonly System[]
  readonly server: ServerSettings
  stop(): Promise<void>
}

/** Counting the rows of a long run takes its time. */
const COUNT_TIMEOUT_MS = 120_000

type Undo = (() => Promise<void>)[]

export async function startSystems(
  servers: Servers,
  options: PipelineOptions,
  progress: (sentence: string) => void,
): Promise<Running> {
  const undo: Undo = []
  const stop = async (): Promise<void> => {
    for (let step = undo.pop(); step; step = undo.pop()) await step()
  }
  try {
    const admin = openSql(servers.postgresUrl, undo)
    const server = await readSafeServer(admin)
    const postgres = [postmasterOf(server.backendPid) ?? 0]
    const systems: System[] = []
    for (const name of options.systems) {
      progress(`starting ${name}`)
      systems.push(await startSystem(name, { servers, options, postgres, undo, progress }))
    }
    return { systems, server, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function openSql(url: string, undo: Undo) {
  const sql = connect(url, { max: 1, applicationName: 'bench pipeline', statementTimeoutMs: COUNT_TIMEOUT_MS })
  undo.push(() => disconnect(sql))
  return sql
}

interface Context {
  readonly servers: Servers
  readonly options: PipelineOptions
  readonly postgres: readonly number[]
  readonly undo: Undo
  readonly progress: (sentence: string) => void
}

async function startSystem(name: SystemName, context: Context): Promise<System> {
  const { servers, options, postgres, undo, progress } = context
  const postgresUrl = await servers.database(name)
  const env = await profileEnv(options.profileDir === null ? null : join(options.profileDir, name))
  if (name === 'waggle') {
    const rig = await startRig({ node: null, postgresUrl, nodes: 0 }, progress, env)
    undo.push(rig.stop)
    const node = rig.nodePid === null ? [] : [rig.nodePid]
    return { name, rig, sql: openSql(postgresUrl, undo), parts: { node, postgres } }
  }
  const rig = await startBaseline({ ...options, redisUrl: servers.redisUrl, postgresUrl, env })
  undo.push(rig.stop)
  const parts = { gateway: [rig.gatewayPid], consumers: rig.consumerPids, redis: [servers.redisPid], postgres }
  return { name, rig, sql: openSql(postgresUrl, undo), parts }
}
