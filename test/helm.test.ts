/**
 * The chart, as far as it can be known without helm and without Kubernetes: its templates are rendered by the part of the language
 * that they use (`support/helm-subset.ts`), and what comes out is held to the schemas of Kubernetes. Where there is a helm it is asked as well.
 */
import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { StatefulSet } from 'kubernetes-models/apps/v1'
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { ConfigMap, Service, ServiceAccount } from 'kubernetes-models/v1'
import manifest from '../package.json'
import { SETTINGS } from '../src/config/settings.ts'
import { findProgram } from '../src/services/find-program.ts'
import { Templates } from './support/helm-subset.ts'

const CHART = join(import.meta.dir, '../deploy/helm/waggle')

interface Container {
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: Json }[]
  readonly securityContext: Json
  readonly volumeMounts: readonly { readonly mountPath: string }[]
  readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } }
  readonly [field: string]: unknown
}

interface PodSpec {
  readonly containers: readonly [Container]
  readonly terminationGracePeriodSeconds: number
  readonly securityContext: Json
  readonly [field: string]: unknown
}

interface Json {
  readonly [field: string]: unknown
}

interface Resource {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: Json
  readonly data?: Readonly<Record<string, string>>
}

const read = (path: string) => Bun.file(join(CHART, path)).text()
const chart = Bun.YAML.parse(await read('Chart.yaml')) as { version: string; appVersion: string; name: string }
const values = Bun.YAML.parse(await read('values.yaml')) as Json
const schema = (await Bun.file(join(CHART, 'values.schema.json')).json()) as Schema
const helpers = new Templates([await read('templates/_helpers.tpl')])
const WANTED = { secret: { name: 'waggle-secrets', optional: { WAGGLE_REDIS_URL: 'redis-url' } } }

async function rendered(others: Json = WANTED): Promise<Resource[]> {
  const root = {
    Values: { ...values, ...others },
    Release: { Name: 'fleet', Service: 'Helm' },
    Chart: { Name: chart.name, Version: chart.version, AppVersion: chart.appVersion },
  }
  const resources: Resource[] = []
  for (const file of [...new Bun.Glob('*.yaml').scanSync(join(CHART, 'templates'))].sort()) {
    const text = helpers.render(await read(`templates/${file}`), root)
    for (const document of text.split(/^---$/m)) {
      const resource = Bun.YAML.parse(document) as Resource | null
      if (resource !== null) resources.push(resource)
    }
  }
  return resources
}

function ofKind(resources: readonly Resource[], kind: string): Resource {
  const found = resources.find(resource => resource.kind === kind)
  if (found === undefined) throw new Error(`no ${kind} among ${resources.map(r => r.kind).join(', ')}`)
  return found
}

function podOf(resources: readonly Resource[]): PodSpec {
  return (ofKind(resources, 'StatefulSet').spec.template as { spec: PodSpec }).spec
}

const MODELS = { StatefulSet, NetworkPolicy, PodDisruptionBudget, ConfigMap, Service, ServiceAccount }

test('what is rendered is what Kubernetes takes, by its own schemas', async () => {
  const everything = {
    ...WANTED,
    imagePullSecrets: [{ name: 'pull' }],
    podAnnotations: { a: 'b' },
    nodeSelector: { disk: 'ssd' },
    tolerations: [{ key: 'k', operator: 'Exists', effect: 'NoSchedule' }],
    priorityClassName: 'high',
    networkPolicy: { enabled: true, from: [{ podSelector: { matchLabels: { app: 'nginx' } } }], egressPorts: [5432] },
  }
  for (const resources of [await rendered(), await rendered(everything)]) {
    expect(resources.map(({ kind }) => kind).sort()).toEqual(
      [
        'ConfigMap',
        'NetworkPolicy',
        'PodDisruptionBudget',
        'Service',
        'Service',
        'ServiceAccount',
        'StatefulSet',
      ].sort(),
    )
    for (const resource of resources) {
      const Model = MODELS[resource.kind as keyof typeof MODELS]
      expect(() => new Model(resource as never).validate()).not.toThrow()
    }
  }
  // The schemas can refuse.
  const broken = { ...ofKind(await rendered(), 'StatefulSet'), spec: { replicas: 'three' } }
  expect(() => new StatefulSet(broken as never).validate()).toThrow()
})

test('a node runs without rights: no root, nothing to write but its data and /tmp, no capabilities, no token', async () => {
  const pod = podOf(await rendered())
  const [container] = pod.containers
  expect(pod.automountServiceAccountToken).toBe(false)
  expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
  expect(container.volumeMounts.map(({ mountPath }) => mountPath).sort()).toEqual(['/data', '/tmp'])
})

test('it drains: it is out of the way before it is told to end, and has the time to hand over', async () => {
  const pod = podOf(await rendered())
  const preStopS = Number(pod.containers[0].lifecycle.preStop.exec.command[1])
  const stopMaxMs = /const STOP_MAX_MS = ([\d_]+)/.exec(await Bun.file(join(CHART, '../../../src/main.ts')).text())?.[1]
  const stopMaxS = Number(stopMaxMs?.replaceAll('_', '')) / 1_000
  expect(preStopS).toBeGreaterThan(0)
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(preStopS + stopMaxS)
  const { spec } = ofKind(await rendered(), 'PodDisruptionBudget')
  expect(spec.maxUnavailable).toBe(1)
})

test('requests go where /ready says so, and a node is restarted only where it does not answer at all', async () => {
  const [container] = podOf(await rendered()).containers
  expect(container.readinessProbe).toMatchObject({ httpGet: { path: '/ready', port: 'http' } })
  for (const probe of ['livenessProbe', 'startupProbe']) {
    expect(container[probe]).toMatchObject({ httpGet: { path: '/health', port: 'http' } })
  }
})

test('secrets come by reference, and settings are settings', async () => {
  const resources = await rendered()
  const [container] = podOf(resources).containers
  const settings = new Set(SETTINGS.map(({ name }) => name))
  const inline = container.env.filter(({ value }) => value !== undefined).map(({ name }) => name)
  expect(inline).toEqual(['WAGGLE_HOST', 'WAGGLE_DATA_DIR'])
  const named = [...container.env.map(({ name }) => name), ...Object.keys(ofKind(resources, 'ConfigMap').data ?? {})]
  expect(named.filter(name => !settings.has(name))).toEqual([])
  expect(JSON.stringify(resources)).not.toMatch(/postgres:\/\/|password/i)
  await expect(rendered({ secret: { name: '' } })).rejects.toThrow('secret.name is required')
})

test('the chart is of the version that the code is', () => {
  expect(chart.appVersion).toBe(manifest.version)
})

// ------------------------------------------------------------ values

interface Schema {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: unknown
  readonly required?: readonly string[]
}

test('every value has its place in the schema, and the schema knows no other', () => {
  expect(Object.keys(values).sort()).toEqual(
    Object.keys(schema.properties ?? {})
      .filter(name => name !== 'global')
      .sort(),
  )
  for (const [name, value] of Object.entries(values)) {
    const known: Schema = schema.properties?.[name] ?? {}
    const { properties, additionalProperties } = known
    if (properties === undefined) continue
    expect(additionalProperties).toBe(false)
    expect([name, Object.keys(value as object).filter(key => !(key in properties))]).toEqual([name, []])
  }
})

const helm = await findProgram('helm')
if (helm !== null) {
  describe('helm', () => {
    test('lints and renders the chart', () => {
      const set = ['--set', 'secret.name=waggle-secrets']
      const { exitCode, stdout, stderr } = Bun.spawnSync([helm, 'lint', '--strict', CHART, ...set])
      expect([exitCode, `${stdout}${stderr}`]).toEqual([0, expect.stringContaining('0 chart(s) failed')])
      expect(Bun.spawnSync([helm, 'template', 'fleet', CHART, ...set]).exitCode).toBe(0)
    })
  })
}
