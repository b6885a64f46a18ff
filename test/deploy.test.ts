/** What can be known of the deployment files without a container engine. */
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import manifest from '../package.json'

const ROOT = join(import.meta.dir, '..')

interface ComposeService {
  readonly image?: string
  readonly build?: string
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly profiles?: readonly string[]
  readonly healthcheck?: object
  readonly restart?: string
  readonly depends_on?: readonly string[] | Readonly<Record<string, { readonly condition: string }>>
  readonly environment?: Readonly<Record<string, string>>
}

interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly volumes: Readonly<Record<string, unknown>>
}

const text = (path: string) => Bun.file(join(ROOT, path)).text()
const composeText = await text('docker-compose.yml')
const compose = Bun.YAML.parse(composeText) as Compose
const services = Object.entries(compose.services)
const dockerfile = await text('Dockerfile')

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
  ])
  for (const name of needed) expect(example).toMatch(new RegExp(`^${name}=$`, 'm'))
  for (const [, { environment = {} }] of services) {
    for (const [name, value] of Object.entries(environment)) {
      if (/PASSWORD|KEY/.test(name)) expect(value).toMatch(/^\$\{[A-Z_]+:\?.*\}$/)
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
})

async function exists(path: string): Promise<boolean> {
  return (
    (await Bun.file(join(ROOT, path)).exists()) || [...new Bun.Glob('*').scanSync({ cwd: join(ROOT, path) })].length > 0
  )
}
