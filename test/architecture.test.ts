/**
 * The floors of the house, checked: imports point down only, each library is known to one place, nothing below the
 * adapters reads a clock or rolls a die, and no file imports itself through others.
 */
import { expect, test } from 'bun:test'
import { dirname, join, normalize } from 'node:path'
import { Glob } from 'bun'

const ROOT = join(import.meta.dir, '..')

interface Source {
  readonly path: string
  readonly text: string
  /** Files of ours, from the root. */
  readonly imports: readonly string[]
  readonly packages: readonly string[]
}

const sources = await readSources()

async function readSources(): Promise<Source[]> {
  const paths = [...new Glob('{src,bench}/**/*.{ts,tsx}').scanSync(ROOT)].filter(p => !p.endsWith('.d.ts')).sort()
  return Promise.all(
    paths.map(async path => {
      const text = await Bun.file(join(ROOT, path)).text()
      const from = [
        ...text.matchAll(/^(?:import|export)\b[^'";]*?\bfrom\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]/gm),
      ]
      const all = from.map(m => m[1] ?? m[2] ?? '')
      const ours = all.filter(i => i.startsWith('.')).map(i => normalize(join(dirname(path), i)))
      return { path, text, imports: ours, packages: all.filter(i => !i.startsWith('.')) }
    }),
  )
}

function isTest(path: string): boolean {
  return path.endsWith('.test.ts')
}

const production = sources.filter(s => !isTest(s.path))

/** What each folder may import besides itself. */
const FLOORS: readonly { readonly folder: string; readonly below: readonly string[] }[] = [
  { folder: 'src/domain/', below: [] },
  { folder: 'src/actors/', below: ['src/domain/'] },
  { folder: 'src/services/', below: ['src/store/embedded/'] },
  { folder: 'src/feed/', below: ['src/actors/', 'src/domain/'] },
  { folder: 'src/webhooks/', below: ['src/feed/', 'src/actors/', 'src/domain/'] },
  { folder: 'src/cluster/', below: ['src/feed/', 'src/actors/', 'src/domain/'] },
  { folder: 'src/telemetry/', below: ['src/actors/', 'src/domain/'] },
  { folder: 'src/virtual/', below: ['src/actors/', 'src/domain/'] },
  { folder: 'src/store/', below: ['src/virtual/', 'src/webhooks/', 'src/feed/', 'src/actors/', 'src/domain/'] },
  {
    folder: 'src/http/',
    below: ['src/store/', 'src/virtual/', 'src/webhooks/', 'src/feed/', 'src/actors/', 'src/domain/'],
  },
  { folder: 'src/sim/', below: ['src/domain/'] },
  // Runs in a browser: a client, as the world is.
  { folder: 'src/web/', below: ['src/domain/'] },
  { folder: 'src/console/', below: ['src/http/'] },
  { folder: 'src/trial/', below: ['src/services/'] },
  { folder: 'src/contract/', below: ['src/trial/'] },
  { folder: 'src/fuzz/', below: ['src/contract/', 'src/sim/', 'src/trial/', 'src/domain/'] },
  { folder: 'src/audit/', below: ['src/sim/', 'src/trial/', 'src/services/', 'src/store/', 'src/domain/'] },
  { folder: 'src/simulator/', below: ['src/cluster/ownership/', 'src/actors/', 'src/domain/'] },
]

test('imports point down only', () => {
  const wrong = production.flatMap(({ path, imports }) => {
    const floor = FLOORS.find(f => path.startsWith(f.folder))
    if (!floor) return []
    const allowed = [floor.folder, ...floor.below]
    return imports.filter(i => !allowed.some(a => i.startsWith(a))).map(i => `${path} → ${i}`)
  })
  expect(wrong).toEqual([])
})

test('the runtime knows no decider, and deciders know no adapter', () => {
  const wrong = production
    .filter(s => s.path.startsWith('src/actors/runtime/'))
    .flatMap(s => s.imports.filter(i => /^src\/actors\/(driver|order|cell)\//.test(i)).map(i => `${s.path} → ${i}`))
  expect(wrong).toEqual([])
})

/** Who may know a library: files that match. The baseline of the benches is a system of its own beside the engine. */
const KNOWN_BY: Readonly<Record<string, RegExp>> = {
  'h3-js': /^src\/domain\/h3\.ts$/,
  // The world in `src/sim` is a client: it shares nothing with the engine.
  msgpackr: /^(src\/(actors\/runtime\/msgpack|sim\/wire)\.ts$|bench\/pipeline\/baseline\/)/,
  postgres: /^(src\/store\/|bench\/pipeline\/baseline\/)/,
  ioredis: /^(src\/store\/|bench\/(pipeline\/|nearby))/,
  nats: /^src\/cluster\/nats\//,
  piscina: /^src\/cluster\//,
  elysia: /^(src\/http\/|bench\/pipeline\/baseline\/)/,
  'rate-limiter-flexible': /^src\/store\//,
  preact: /^src\/web\//,
  'preact/hooks': /^src\/web\//,
  '@preact/signals': /^src\/web\//,
  'maplibre-gl': /^src\/web\/map\//,
  uplot: /^src\/web\/charts\//,
  jose: /^src\/http\/access\//,
  pino: /^src\/telemetry\//,
  '@opentelemetry/api': /^src\/telemetry\//,
  '@opentelemetry/sdk-trace-base': /^src\/telemetry\//,
  '@opentelemetry/resources': /^src\/telemetry\//,
  '@opentelemetry/exporter-trace-otlp-http': /^src\/telemetry\//,
}

test('each library is known to one place', () => {
  const wrong = production.flatMap(({ path, packages }) =>
    packages.filter(p => KNOWN_BY[p] && !KNOWN_BY[p].test(path)).map(p => `${path} imports ${p}`),
  )
  expect(wrong).toEqual([])
})

const TIME_AND_CHANCE =
  /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bset(?:Timeout|Interval|Immediate)\(|\bperformance\.now\(|\bcrypto\.(?:random|getRandom)/

test('nothing below the adapters reads a clock, rolls a die or arms a timer of its own', () => {
  const wrong = production
    .filter(s => /^src\/(domain|actors|feed|webhooks|virtual|http|cluster)\//.test(s.path))
    .filter(s => s.path !== 'src/cluster/system-clock.ts')
    .flatMap(s => s.text.split('\n').flatMap((line, i) => (uses(line) ? [`${s.path}:${i + 1}: ${line.trim()}`] : [])))
  expect(wrong).toEqual([])
})

test('no property draws numbers that are nearly all next to nothing', () => {
  const wrong = sources.filter(s => /\bfc\.(?:double|float)\(/.test(s.text)).map(s => s.path)
  expect(wrong).toEqual([])
})

function uses(line: string): boolean {
  return TIME_AND_CHANCE.test(line) && !/^\s*(\*|\/\/|\/\*)/.test(line)
}

/** What is started by hand and talks to whoever has started it; what a node says goes through its log. */
const COMMAND = /^src\/(.*\/main|demo|main|replay|token|store\/audit|store\/recompute-price)\.ts$/

test('nobody writes to the terminal but commands', () => {
  const wrong = production
    .filter(s => s.path.startsWith('src/') && !COMMAND.test(s.path))
    .flatMap(s => s.text.split('\n').flatMap((line, i) => (writes(line) ? [`${s.path}:${i + 1}: ${line.trim()}`] : [])))
  expect(wrong).toEqual([])
})

test('nobody imports a command', () => {
  // What this one looks for is asked by the audit as well.
  const commands = (path: string) => COMMAND.test(path) && path !== 'src/store/audit.ts'
  const wrong = production.flatMap(({ path, imports }) => imports.filter(commands).map(i => `${path} → ${i}`))
  expect(wrong).toEqual([])
})

function writes(line: string): boolean {
  return /\bconsole\.\w+\(|\bprocess\.std(?:out|err)\.write\(/.test(line) && !/^\s*(\*|\/\/|\/\*)/.test(line)
}

test('no file imports itself through others', () => {
  const graph = new Map(production.map(s => [s.path, s.imports]))
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (done.has(path)) return
    const at = trail.indexOf(path)
    if (at >= 0) {
      cycles.push([...trail.slice(at), path].join(' → '))
      return
    }
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  expect(cycles).toEqual([])
})

test('every dependency is pinned exactly', async () => {
  const manifest = (await Bun.file(join(ROOT, 'package.json')).json()) as Record<string, Record<string, string>>
  const loose = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
  )
  expect(loose).toEqual([])
})

test('what is committed names no package registry and no path of a machine', async () => {
  const files = [
    ...new Glob('{*,.ci/*,docs/**/*,src/**/*,bench/**/*,test/**/*,clients/**/*}').scanSync({ cwd: ROOT, dot: true }),
  ]
  const wrong: string[] = []
  for (const path of files) {
    if (/^(node_modules|\.git|\.waggle)\b/.test(path) || path === 'test/architecture.test.ts') continue
    const text = await Bun.file(join(ROOT, path)).text()
    if (/registry\.npmjs|deb\.debian\.org|\/work\/main|\/work\/shared/.test(text)) wrong.push(path)
  }
  expect(wrong).toEqual([])
})
