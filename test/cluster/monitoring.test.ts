/** What Prometheus' own tool says of the files in deploy/. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asPromql, DEPLOY, dashboards } from '../support/monitoring-files.ts'
import { promtool } from '../support/prometheus.ts'
import { describeWithServices } from '../support/with-services.ts'

await describeWithServices('promtool', ['promtool'], () => {
  let dir: string

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'waggle-promtool-'))
    await cp(join(DEPLOY, 'prometheus'), dir, { recursive: true })
    const config = join(dir, 'prometheus.yml')
    const key = join(dir, 'key')
    await Bun.write(key, 'none')
    await Bun.write(config, (await Bun.file(config).text()).replace('/etc/prometheus/waggle-key', key))
  })
  afterAll(() => rm(dir, { recursive: true, force: true }))

  test('is content with the configuration and the rules that it names', async () => {
    const { ok, said } = await promtool(['check', 'config', join(dir, 'prometheus.yml')])
    expect({ ok, said }).toEqual({ ok: true, said: expect.stringMatching(/SUCCESS: \d+ rules found/) })
    expect(said).not.toContain('FAILED')
  })

  test('is content with every expression of the dashboards', async () => {
    const all = (await dashboards()).flatMap(({ panels }) => panels.flatMap(({ targets }) => targets))
    const rules = all.map(({ expr }, i) => ({ record: `panel_${i}`, expr: asPromql(expr) }))
    const file = join(dir, 'panels.yml')
    await Bun.write(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }))
    const { ok, said } = await promtool(['check', 'rules', file])
    expect({ ok, said }).toEqual({ ok: true, said: expect.stringContaining(`${all.length} rules found`) })
  })

  test('alerts fire when they should, and not before', async () => {
    const silent = (alertname: string, eval_time: string) => ({ alertname, eval_time, exp_alerts: [] })
    const firing = (alertname: string, eval_time: string, labels: object, summary: string) => ({
      alertname,
      eval_time,
      exp_alerts: [{ exp_labels: { severity: 'page', ...labels }, exp_annotations: { summary } }],
    })
    const node = (name: string, values: string, labels = '') => ({
      series: `${name}{job="waggle",instance="a"${labels}}`,
      values,
    })
    const tests = {
      rule_files: ['alerts.yml'],
      evaluation_interval: '15s',
      tests: [
        {
          interval: '15s',
          input_series: [
            node('up', '1x8 0x20'),
            node('waggle_shards', '256x40'),
            node('waggle_shards_served', '256x8 200x20'),
            node('waggle_turn_outcomes_total', '0+100x40', ',thread="0",outcome="committed"'),
            node('waggle_cluster_has_lease', '1x40'),
          ],
          alert_rule_test: [
            silent('WaggleNodeDown', '2m'),
            firing('WaggleNodeDown', '4m', { job: 'waggle', instance: 'a' }, 'a does not answer'),
            silent('WaggleShardsUnserved', '2m'),
            firing('WaggleShardsUnserved', '4m', {}, 'Some shards are served by nobody: their orders get 503'),
            silent('WaggleRecordAway', '9m'),
            silent('WaggleNoLease', '9m'),
          ],
        },
      ],
    }
    const file = join(dir, 'alerts.test.yml')
    await Bun.write(file, JSON.stringify(tests))
    expect(await promtool(['test', 'rules', file])).toEqual({ ok: true, said: expect.stringContaining('SUCCESS') })
  })
})
