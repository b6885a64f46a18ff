/** What can be known of the deployment files without a container engine. */
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import manifest from '../package.json'
import { readNatsTarget } from '../src/cluster/nats/nats-target.ts'

const ROOT = join(import.meta.dir, '..')

interface ComposeService {
  readonly image?: string
  readonly build?: string
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly profiles?: readonly string[]
  readonly healthcheck?: object
  readonly restart?: string
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly tmpfs?: readonly string[]
  readonly stop_grace_period?: string
  readonly depends_on?: readonly string[] | Readonly<Record<string, { readonly condition: string }>>
  readonly environment?: Readonly<Record<string, string>>
}

interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly volumes: Readonly<Record<string, unknown>>
}

/** Of the compose specification what this file uses; anything else is a slip of the pen until it is added here. */
const DURATION = Type.String({ pattern: '^(\\d+(s|m|h))+$' })
const STRINGS = Type.Array(Type.String())
const STRICT = { additionalProperties: false }
const NAME = '^[a-z][a-z0-9-]*$'
const HEALTH_CHECK = Type.Object(
  {
    test: Type.Array(Type.String(), { minItems: 2 }),
    interval: DURATION,
    timeout: DURATION,
    retries: Type.Integer({ minimum: 1 }),
    start_period: Type.Optional(DURATION),
  },
  STRICT,
)
const CONDITION = Type.Object({ condition: Type.Literal('service_healthy') }, STRICT)
const SERVICE_SCHEMA = Type.Object(
  {
    image: Type.String(),
    build: Type.Optional(Type.Literal('.')),
    cap_drop: Type.Optional(STRINGS),
    restart: Type.Literal('unless-stopped'),
    command: Type.Optional(STRINGS),
    depends_on: Type.Optional(Type.Union([STRINGS, Type.Record(Type.String({ pattern: NAME }), CONDITION)])),
    environment: Type.Optional(Type.Record(Type.String({ pattern: '^[A-Z][A-Z0-9_]*$' }), Type.String())),
    healthcheck: Type.Optional(HEALTH_CHECK),
    init: Type.Optional(Type.Boolean()),
    ports: Type.Optional(STRINGS),
    profiles: Type.Optional(STRINGS),
    read_only: Type.Optional(Type.Boolean()),
    security_opt: Type.Optional(STRINGS),
    shm_size: Type.Optional(Type.String({ pattern: '^\\d+(mb|gb)$' })),
    stop_grace_period: Type.Optional(DURATION),
    stop_signal: Type.Optional(Type.String({ pattern: '^SIG[A-Z]+$' })),
    tmpfs: Type.Optional(STRINGS),
    user: Type.Optional(Type.String({ pattern: '^\\d+:\\d+$' })),
    volumes: Type.Optional(STRINGS),
  },
  STRICT,
)
const COMPOSE_SCHEMA = Type.Object(
  {
    services: Type.Record(Type.String({ pattern: NAME }), SERVICE_SCHEMA, STRICT),
    volumes: Type.Record(Type.String({ pattern: NAME }), Type.Null(), STRICT),
  },
  STRICT,
)

/** Keys that begin with `x-` are the file's own. */
function withoutAnchors(parsed: unknown): unknown {
  return Object.fromEntries(Object.entries(parsed as object).filter(([key]) => !key.startsWith('x-')))
}

const text = (path: string) => Bun.file(join(ROOT, path)).text()
const composeText = await text('docker-compose.yml')
const compose = Bun.YAML.parse(composeText) as Compose
const services = Object.entries(compose.services)
const dockerfile = await text('Dockerfile')

test('it is a compose file: every key is one that the specification has, of the type that it wants', () => {
  const wrong = [...Value.Errors(COMPOSE_SCHEMA, withoutAnchors(Bun.YAML.parse(composeText)))]
  expect(wrong.map(({ path, message }) => `${path}: ${message}`)).toEqual([])
})

test('with three NATS servers nodes know all of them, and each keeps leases and events', async () => {
  const env = compose.services['waggle-1']?.environment ?? {}
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how compose writes a variable
  expect(env.WAGGLE_NATS_URL).toEndWith('@nats:4222${NATS_OTHERS:-}')
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how compose writes a variable
  expect(env.WAGGLE_NATS_REPLICAS).toBe('${NATS_REPLICAS:-1}')
  const example = await text('deploy/env.example')
  const others = /^# NATS_OTHERS=(\S+)$/m.exec(example)?.[1] ?? ''
  const target = readNatsTarget(`nats://waggle:secret@nats:4222${others}`)
  expect(target.servers).toEqual(['nats:4222', 'nats-2:4222', 'nats-3:4222'])
  expect(example).toMatch(/^# NATS_REPLICAS=3$/m)
})

test('what a server keeps is in a volume of its own, and no container is given more rights than it has', () => {
  for (const [name, { volumes = [] }] of services) {
    const own = volumes.filter(volume => Object.hasOwn(compose.volumes, volume.split(':')[0] ?? ''))
    expect([name, own.length]).toEqual([name, name === 'nginx' ? 0 : 1])
  }
  const used = services.flatMap(([, { volumes = [] }]) => volumes.map(volume => volume.split(':')[0] ?? ''))
  for (const name of Object.keys(compose.volumes)) expect(used.filter(other => other === name)).toEqual([name])
  expect(composeText).not.toMatch(/privileged|cap_add|network_mode|pid:|docker\.sock/)
})

test('two nodes, nginx, Postgres, Redis and NATS start; two more NATS only on demand', () => {
  const always = services.filter(([, { profiles }]) => profiles === undefined).map(([name]) => name)
  expect(always.sort()).toEqual(['nats', 'nginx', 'postgres', 'redis', 'waggle-1', 'waggle-2'])
  expect(services.filter(([, s]) => s.profiles?.includes('ha')).map(([name]) => name)).toEqual(['nats-2', 'nats-3'])
})

test('every image is pinned to a whole version', () => {
  const images = [
    ...services.filter(([, s]) => s.build === undefined).map(([, s]) => s.image ?? ''),
    ...[...dockerfile.matchAll(/^FROM (\S+)/gm)].map(m => m[1] ?? ''),
  ]
  expect(images.length).toBeGreaterThan(6)
  expect(images.filter(image => !/^[a-z/]+:\d+\.\d+(\.\d+)?(-[a-z]+)?$/.test(image))).toEqual([])
})

test('the image runs the Bun that the packages name, and not as root', () => {
  expect(dockerfile).toContain(`FROM oven/bun:${manifest.dependencies.bun}-slim`)
  const user = dockerfile.lastIndexOf('\nUSER bun')
  expect(user).toBeGreaterThan(0)
  expect(dockerfile.indexOf('\nCMD', user)).toBeGreaterThan(user)
})

/** Their images begin as root to prepare their volumes. */
const BEGIN_AS_ROOT = ['postgres', 'redis']

test('containers are read-only and without capabilities, and nobody in them becomes more than he is', () => {
  for (const [name, { read_only = false, cap_drop = [], security_opt = [] }] of services) {
    const isLocked = !BEGIN_AS_ROOT.includes(name)
    expect([name, read_only, cap_drop]).toEqual([name, isLocked, isLocked ? ['ALL'] : []])
    expect([name, security_opt]).toEqual([name, ['no-new-privileges:true']])
  }
})

test('a node has the time to hand over what it has', async () => {
  const [, stopMaxMs = ''] = /const STOP_MAX_MS = ([\d_]+)/.exec(await text('src/main.ts')) ?? []
  const stopMaxS = Number(stopMaxMs.replaceAll('_', '')) / 1_000
  expect(stopMaxS).toBeGreaterThan(0)
  for (const [name, { build, stop_grace_period: grace = '0s' }] of services) {
    if (build !== undefined) expect([name, Number.parseInt(grace, 10) > stopMaxS]).toEqual([name, true])
  }
})

test('each server says whether it is well, and comes back', () => {
  for (const [name, { healthcheck, build, restart }] of services) {
    // That of a node is in its image.
    expect([name, healthcheck !== undefined || build !== undefined]).toEqual([name, true])
    expect([name, restart]).toEqual([name, 'unless-stopped'])
  }
  expect(dockerfile).toContain('HEALTHCHECK')
})

test('only nginx is reached from outside, by default from this machine alone', () => {
  expect(services.filter(([, s]) => s.ports !== undefined).map(([name]) => name)).toEqual(['nginx'])
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how compose writes a variable
  expect(compose.services.nginx?.ports).toEqual(['${LISTEN_ADDRESS:-127.0.0.1}:${LISTEN_PORT:-8080}:8080'])
})

test('what is named is there: volumes, files, servers', async () => {
  for (const [name, { volumes = [], depends_on: needs = [] }] of services) {
    for (const volume of volumes) {
      const from = volume.split(':')[0] ?? ''
      if (from.startsWith('./')) expect([name, from, await exists(from)]).toEqual([name, from, true])
      else expect([name, Object.keys(compose.volumes).includes(from)]).toEqual([name, true])
    }
    for (const need of Array.isArray(needs) ? needs : Object.keys(needs)) {
      expect(compose.services).toHaveProperty(need)
    }
  }
  for (const mode of ['single', 'ha']) expect(await exists(`deploy/nats-${mode}.conf`)).toBe(true)
})

test('no secret is in the files: each comes from the environment, which the example names', async () => {
  const example = await text('deploy/env.example')
  const needed = [...composeText.matchAll(/\$\{([A-Z_]+):\?/g)].map(m => m[1] ?? '')
  expect([...new Set(needed)].sort()).toEqual([
    'NATS_PASSWORD',
    'POSTGRES_PASSWORD',
    'REDIS_PASSWORD',
    'WAGGLE_ADMIN_KEY',
    'WAGGLE_JWT_SECRET',
  ])
  for (const name of needed) expect(example).toMatch(new RegExp(`^${name}=$`, 'm'))
  for (const [, { environment = {} }] of services) {
    for (const [name, value] of Object.entries(environment)) {
      if (/PASSWORD|KEY|SECRET/.test(name)) expect(value).toMatch(/^\$\{[A-Z_]+:\?.*\}$/)
      else if (/_URL$/.test(name)) expect(value).not.toMatch(/:\/\/[^$/@]*:[^$@]+@/)
    }
  }
})

test('nginx knows both nodes, passes upgrades on and sends no POST twice', async () => {
  const nginx = await text('deploy/nginx.conf')
  for (const node of ['waggle-1', 'waggle-2']) expect(nginx).toContain(`server ${node}:3000`)
  for (const line of [
    'proxy_http_version 1.1;',
    'proxy_set_header Upgrade $http_upgrade;',
    'proxy_set_header Connection $connection_header;',
    'keepalive 128;',
  ]) {
    expect(nginx).toContain(line)
  }
  expect(nginx).not.toContain('non_idempotent')
  // Sockets have their credential in the query.
  expect(nginx).toContain('access_log off;')
})

async function exists(path: string): Promise<boolean> {
  return (
    (await Bun.file(join(ROOT, path)).exists()) || [...new Bun.Glob('*').scanSync({ cwd: join(ROOT, path) })].length > 0
  )
}
