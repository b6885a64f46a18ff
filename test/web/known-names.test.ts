/** Lists that the pages have once more, since they share nothing with the engine but its domain. */
import { expect, test } from 'bun:test'
import { ROLES } from '../../src/http/access/principal.ts'
import { ACCESS } from '../../src/http/access/table.ts'
import { VIEWS } from '../../src/web/console/views-list.ts'
import * as known from '../../src/web/shared/known-names.ts'
import { PATTERNS } from '../../src/webhooks/event-types.ts'

test('the console offers every role and event that the API takes, and no other', () => {
  expect([...known.ROLES].sort()).toEqual([...ROLES].sort())
  expect<readonly string[]>([...known.WEBHOOK_EVENTS]).toEqual(PATTERNS)
})

test('every right that the console asks after is one of the access table', async () => {
  const needed = VIEWS.flatMap(({ needs }) => (needs === null ? [] : [needs]))
  const asked: string[] = []
  for (const path of new Bun.Glob('src/web/**/*.{ts,tsx}').scanSync({ cwd: `${import.meta.dir}/../..` })) {
    const text = await Bun.file(`${import.meta.dir}/../../${path}`).text()
    asked.push(...[...text.matchAll(/\bmay\('([^']+)'\)/g)].map(([, right = '']) => right))
  }
  expect(asked.length).toBeGreaterThan(10)
  expect([...needed, ...asked].filter(right => !ACCESS.has(right))).toEqual([])
})
