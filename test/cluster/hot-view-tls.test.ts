/** A Redis behind TLS and a password: who it is and who we are is checked, and what is wrong is said. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/cluster/system-clock.ts'
import { findProgram } from '../../src/services/find-program.ts'
import { freePort } from '../../src/store/embedded/free-port.ts'
import { openHotView } from '../../src/store/redis/open-hot-view.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

const NAME = 'cache.example'
const PASSWORD = 'not-a-secret'

await describeWithServices('a Redis behind TLS', ['redis'], () => {
  let dir = ''
  let port = 0
  let server: ChildProcess

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'waggle-redis-tls-'))
    makeCertificate('server')
    makeCertificate('other')
    port = await freePort([])
    const tls = ['--tls-port', `${port}`, '--tls-cert-file', 'server.pem', '--tls-key-file', 'server.key']
    const rest = ['--tls-ca-cert-file', 'server.pem', '--tls-auth-clients', 'no', '--requirepass', PASSWORD]
    const args = ['--port', '0', '--bind', '127.0.0.1', '--save', '', ...tls, ...rest]
    server = spawn((await findProgram('redis-server')) ?? '', args, { cwd: dir, stdio: 'ignore' })
  })
  afterAll(async () => {
    server.kill('SIGKILL')
    await rm(dir, { recursive: true })
  })

  function makeCertificate(name: string): void {
    const subject = ['-subj', `/CN=${NAME}`, '-addext', `subjectAltName=DNS:${NAME}`]
    const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`, '-days', '2']
    const { status, error } = spawnSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...subject],
      {
        cwd: dir,
      },
    )
    if (status !== 0) throw new Error('openssl makes no certificate', { cause: error })
  }

  async function saidAbout(password: string, query: string): Promise<string> {
    const said: string[] = []
    const url = `rediss://:${password}@127.0.0.1:${port}?${query}`
    const opened = openHotView({ url, staleMs: 60_000, clock: systemClock, log: sentence => said.push(sentence) })
    await until(() => said.length > 0, 'the link says something', 20_000)
    await opened.close()
    return said[0] ?? ''
  }

  const ca = (name: string) => `ca=${join(dir, `${name}.pem`)}`

  test('is used where certificate, name and password are right', async () => {
    expect(await saidAbout(PASSWORD, `${ca('server')}&servername=${NAME}`)).toContain('Redis answers')
  })

  test('is not used where the certificate is another one, or of another name', async () => {
    expect(await saidAbout(PASSWORD, `${ca('other')}&servername=${NAME}`)).toMatch(/does not answer \(.*certificate/i)
    expect(await saidAbout(PASSWORD, ca('server'))).toMatch(/does not answer \(.*(altname|certificate)/i)
  })

  test('says that the password is wrong, without repeating it', async () => {
    const said = await saidAbout('wrong-one', `${ca('server')}&servername=${NAME}`)
    expect(said).toMatch(/does not answer \(.*WRONGPASS/)
    expect(said).not.toContain('wrong-one')
  })
})
