/** A rolling upgrade from the commit before this one: nodes of both versions serve side by side, one record, one bus. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TrialCluster } from '../../src/trial/trial-cluster.ts'
import { Load } from '../support/load.ts'
import { ask, atRest, countOrders, startTrial } from '../support/trial.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

const ROOT = join(import.meta.dir, '../..')
const NODES = 3

function git(...args: string[]): boolean {
  const program = Bun.which('git')
  return program !== null && Bun.spawnSync([program, ...args], { cwd: ROOT, stderr: 'ignore' }).exitCode === 0
}

const hasPrevious = existsSync(join(ROOT, '.git')) && git('cat-file', '-e', 'HEAD~1:src/trial/main.ts')
if (!hasPrevious) {
  const sentence = 'a rolling upgrade; there is no commit before this one here that runs in a cluster'
  console.log(`skipped: ${sentence}`)
  describe.skip(sentence, () => {})
} else {
  await describeWithServices('a rolling upgrade from the previous commit', ['nats', 'redis'], () => {
    let previous: string
    let cluster: TrialCluster

    beforeAll(async () => {
      previous = join(await mkdtemp(join(tmpdir(), 'waggle-previous-')), 'tree')
      if (!git('worktree', 'add', '--detach', previous, 'HEAD~1')) throw new Error('the previous commit is not there')
      await rm(join(previous, 'node_modules'), { recursive: true, force: true })
      await symlink(join(ROOT, 'node_modules'), join(previous, 'node_modules'))
      cluster = await startTrial(NODES, {}, previous)
      await atRest(cluster)
    })
    afterAll(async () => {
      await cluster.discard()
      git('worktree', 'remove', '--force', previous)
      await rm(join(previous, '..'), { recursive: true, force: true })
    })

    test('node by node under load: no request fails', async () => {
      const urls = cluster.nodes.map(node => node.url)
      const load = new Load(urls).start('upgrade')
      for (const node of cluster.nodes) {
        load.urls = urls.filter(url => url !== node.url)
        expect(await node.end()).toBe(0)
        const { url } = await cluster.startNode(node.name, {}, ROOT)
        const ready = { method: 'GET', path: '/ready' } as const
        await until(async () => (await ask(url, ready)).status === 200, `${node.name} is ready`, 20_000)
        load.urls = urls
        await atRest(cluster)
      }
      await load.stop()
      expect(load.failures).toEqual([])
      expect(await countOrders(cluster, [...load.booked.values()])).toBe(load.booked.size)
    }, 120_000)
  })
}
