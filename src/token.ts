/** `bun run token`: a token of this deployment, for trying and for scripts. */
import { mkdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { ConfigError } from './config/config-error.ts'
import { readConfig } from './config.ts'
import { isScope, SCOPES } from './domain/scopes.ts'
import { isRole, ROLES, type Role } from './http/access/principal.ts'
import { isSubject, mintToken, type TokenRequest } from './http/access/tokens.ts'
import { jwtSecretFile, keepTokenSecrets } from './secrets/access-secrets.ts'

const TTL_DEFAULT_S = 3_600
/** Nothing takes a token back: whoever needs longer makes an API key. */
const TTL_MAX_S = 31_536_000

const HELP = `bun run token -- --role ROLE --sub ID [options]: prints a token (JWT) for this deployment

  --role ROLE    ${ROLES.join(', ')}
  --sub ID       whom it speaks for: the id of the driver, the customer, or whoever it is
  --ttl-s N      how long it is good (${TTL_DEFAULT_S})
  --scope LIST   narrows it below its role; with commas, out of ${SCOPES.join(', ')}

It is signed with WAGGLE_JWT_SECRET, else with what the node keeps in its data directory (WAGGLE_DATA_DIR), which is made
if it is not there. Send it as \`Authorization: Bearer …\`, or on a socket as \`?token=\`.
`

type Args = Readonly<Partial<Record<'role' | 'sub' | 'ttl-s' | 'scope', string>>> & { readonly help?: boolean }

function readArgs(argv: readonly string[]): Args {
  const text = { type: 'string' } as const
  const options = { role: text, sub: text, 'ttl-s': text, scope: text, help: { type: 'boolean', short: 'h' } } as const
  try {
    return parseArgs({ args: [...argv], options }).values
  } catch (cause) {
    throw new ConfigError(`${(cause as Error).message}; try --help`, { cause })
  }
}

function requestOf(args: Args): TokenRequest {
  const { role, sub } = args
  if (!isRole(role)) throw new ConfigError(`--role must be one of ${ROLES.join(', ')}`)
  return { role, subject: subjectOf(role, sub), scopes: scopesOf(args.scope), ttlS: ttlOf(args['ttl-s']) }
}

function subjectOf(role: Role, sub: string | undefined): string {
  if (sub === undefined || !isSubject(role, sub)) throw new ConfigError(`--sub must be the id of a ${role}`)
  return sub
}

function scopesOf(list: string | undefined): TokenRequest['scopes'] {
  if (list === undefined) return null
  const names = list.split(',')
  const known = names.filter(isScope)
  if (known.length < names.length) throw new ConfigError(`--scope must be out of ${SCOPES.join(', ')}`)
  return known
}

function ttlOf(text: string | undefined): number {
  const ttlS = Number(text ?? TTL_DEFAULT_S)
  if (!Number.isInteger(ttlS) || ttlS < 1 || ttlS > TTL_MAX_S) {
    throw new ConfigError(`--ttl-s must be a whole number from 1 to ${TTL_MAX_S}`)
  }
  return ttlS
}

async function main(): Promise<void> {
  const args = readArgs(process.argv.slice(2))
  if (args.help) {
    process.stdout.write(HELP)
    return
  }
  const request = requestOf(args)
  const config = readConfig(process.env)
  await mkdir(config.dataDir, { recursive: true })
  const [secret] = await keepTokenSecrets(config)
  process.stdout.write(`${await mintToken(secret, request, Date.now())}\n`)
  if (config.access.jwtSecrets === null) {
    process.stderr.write(`Signed with ${jwtSecretFile(config.dataDir)}: good where the node uses that directory.\n`)
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`waggle: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
})
