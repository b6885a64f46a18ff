/** Alerts and dashboards ask for what is there, and each alert says what to do. What needs promtool is in test/cluster/. */
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { figuresOfCode } from './support/figures.ts'
import { alerts, dashboards } from './support/monitoring-files.ts'

const page = await Bun.file(join(import.meta.dir, '../docs/operations.md')).text()
const figures = await figuresOfCode()

/** @returns names that no node has. */
function unknownIn(expression: string): string[] {
  const names = [...expression.matchAll(/\b(?:waggle|process)_[a-z_]+/g)].map(([name]) => name)
  return names.filter(name => !figures.has(name) && !figures.has(name.replace(/_(bucket|sum|count)$/, '')))
}

test('every expression of the alerts asks for figures that a node has', async () => {
  const all = await alerts()
  expect(all.length).toBeGreaterThan(15)
  expect(all.flatMap(({ alert, expr }) => unknownIn(expr).map(name => `${alert}: ${name}`))).toEqual([])
})

test('every expression of the dashboards asks for figures that a node has', async () => {
  const all = await dashboards()
  expect(all.map(({ uid }) => uid).sort()).toEqual(['waggle-dispatch', 'waggle-nodes'])
  const targets = all.flatMap(({ panels }) =>
    panels.flatMap(({ title, targets: t }) => t.map(({ expr }) => ({ title, expr }))),
  )
  expect(targets.length).toBeGreaterThan(40)
  expect(targets.flatMap(({ title, expr }) => unknownIn(expr).map(name => `${title}: ${name}`))).toEqual([])
  // What was renamed would be found.
  expect(unknownIn('rate(waggle_commit_duration_seconds_bucket[5m]) / waggle_handoff_max_ms')).toEqual([
    'waggle_handoff_max_ms',
  ])
})

test('a dashboard can be loaded: its panels have ids of their own and lie beside each other, its variables are there', async () => {
  for (const { file, panels, templating } of await dashboards()) {
    expect([file, new Set(panels.map(({ id }) => id)).size]).toEqual([file, panels.length])
    const places = panels.map(({ gridPos: { x, y, w, h } }) => `${x},${y},${w},${h}`)
    expect([file, new Set(places).size]).toEqual([file, panels.length])
    const variables = new Set([...templating.list.map(({ name }) => name), '__rate_interval'])
    const used = JSON.stringify(panels).matchAll(/\$\{?(\w+)/g)
    expect([...used].map(match => match[1] ?? '').filter(name => !variables.has(name))).toEqual([])
  }
})

test('every alert has its row in the runbook, and every row its alert', async () => {
  const rows = [...page.matchAll(/^\| `(Waggle\w+)` \|/gm)].map(match => match[1] ?? '')
  expect(rows.sort()).toEqual((await alerts()).map(({ alert }) => alert).sort())
})

test('an alert says how bad it is, and in a sentence what it is', async () => {
  for (const { alert, labels, annotations } of await alerts()) {
    expect([alert, ['page', 'ticket'].includes(labels.severity ?? '')]).toEqual([alert, true])
    expect([alert, (annotations.summary ?? '').length > 10]).toEqual([alert, true])
  }
})
