import { expect, setDefaultTimeout, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { poll } from '../../src/store/embedded/poll.ts'
import { testDatabase, testPostgres } from './postgres.ts'

setDefaultTimeout(60_000)

test('databases of one server: fresh, or copied from a template, and dropped', async () => {
  expect(await testPostgres()).toBe(await testPostgres())
  const template = await testDatabase()
  const [one, two] = await Promise.all([testDatabase(template.name), testDatabase(template.name)])
  expect(new Set([template.url, one.url, two.url]).size).toBe(3)
  await Promise.all([one.drop(), two.drop()])
  await template.drop()
})

test('the server of a killed test process is removed', async () => {
  const support = join(import.meta.dir, 'postgres.ts')
  const code = `const { testPostgresDir } = await import(${JSON.stringify(support)}); console.log(await testPostgresDir()); setInterval(() => {}, 1000)`
  const run = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  for await (const chunk of run.stdout) {
    text += chunk
    if (text.includes('\n')) break
  }
  const dataDir = text.trim()
  expect((await stat(dataDir)).isDirectory()).toBe(true)
  run.kill('SIGKILL')
  const gone = await poll({ forMs: 20_000, everyMs: 20 }, () =>
    stat(dataDir).then(
      () => undefined,
      () => true,
    ),
  )
  expect(gone).toBe(true)
})
