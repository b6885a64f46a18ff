import { stat } from 'node:fs/promises'
import { EmbeddedPostgresError, USE_OWN_SERVER } from './errors.ts'
import { IS_ROOT } from './owned-files.ts'
import { runTool, type ServerUser } from './run-tool.ts'

const NAME = 'postgres'
const TOOL_MAX_MS = 20_000

/** The two families of tools that make users: shadow (Debian, Fedora, …) and BusyBox. A failure is told by the look-up after. */
const MAKERS: readonly (readonly [string, ...string[]][])[] = [
  [['useradd', '--system', '--user-group', '--no-create-home', '--shell', '/bin/false', NAME]],
  [
    ['addgroup', '-S', NAME],
    ['adduser', '-S', '-D', '-H', '-s', '/bin/false', '-G', NAME, NAME],
  ],
]

/**
 * The user the server runs as. An existing cluster is served by whoever owns its files, so a node that was
 * started by its user yesterday and with sudo today works on.
 *
 * @returns null: ourselves.
 * @throws {EmbeddedPostgresError} `no_server_user`, or `data_dir_unusable` where the cluster belongs to another user.
 */
export async function serverUser(existingCluster: string | null): Promise<ServerUser | null> {
  const owner = existingCluster === null ? null : await stat(existingCluster)
  if (!IS_ROOT) {
    if (owner !== null && owner.uid !== process.geteuid?.()) {
      throw new EmbeddedPostgresError(
        'data_dir_unusable',
        `The database in ${existingCluster} belongs to another user (uid ${owner.uid}). Start the node as that user or as root.`,
      )
    }
    return null
  }
  if (owner !== null && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  return (await lookUp()) ?? (await create())
}

async function create(): Promise<ServerUser> {
  const said: string[] = []
  for (const maker of MAKERS) {
    for (const [tool, ...args] of maker) {
      const { ok, output } = await runTool(tool, args, { user: null, maxMs: TOOL_MAX_MS })
      if (!ok) said.push(`${tool}: ${output}`)
    }
    const user = await lookUp()
    if (user !== null) return user
  }
  throw new EmbeddedPostgresError(
    'no_server_user',
    `Postgres refuses to run as root, there is no system user "${NAME}", and it could not be created (${said.join('; ')}). Create it, or start the node as an ordinary user. ${USE_OWN_SERVER}`,
  )
}

async function lookUp(): Promise<ServerUser | null> {
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(flag => runTool('id', [flag, NAME], { user: null, maxMs: TOOL_MAX_MS })),
  )
  if (!uid?.ok || !gid?.ok || !/^[1-9]\d*$/.test(uid.output) || !/^\d+$/.test(gid.output)) return null
  return { uid: Number(uid.output), gid: Number(gid.output) }
}
