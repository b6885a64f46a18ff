/** A cluster of three NATS servers, with TLS and a credentials file, as one that must outlive a server is run. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../src/store/embedded/free-port.ts'
import { makeAuthority, makeServerCertificate } from './certificates.ts'
import { makeNatsAccounts } from './nats-accounts.ts'
import { NatsServer } from './nats-server.ts'

export interface NatsThree {
  readonly servers: readonly NatsServer[]
  /** All three. */
  readonly url: string
  readonly credsFile: string
  readonly caFile: string
  stop(): Promise<void>
}

const NAMES = ['one', 'two', 'three'] as const

export async function startThree(): Promise<NatsThree> {
  const dir = await mkdtemp(join(tmpdir(), 'waggle-test-nats-three-'))
  const authority = makeAuthority(dir, 'authority')
  const { cert, key } = makeServerCertificate(dir, 'server', authority)
  const accounts = makeNatsAccounts()
  const routePorts: number[] = []
  for (const _ of NAMES) routePorts.push(await freePort([]))
  const tls = `{ cert_file: ${JSON.stringify(cert)}, key_file: ${JSON.stringify(key)}, ca_file: ${JSON.stringify(authority.cert)} }`
  const configOf = (name: string, port: number | undefined) =>
    [
      `server_name: ${name}`,
      `tls ${tls}`,
      accounts.config,
      'cluster {',
      '  name: waggle',
      `  listen: "127.0.0.1:${port}"`,
      `  routes: [${routePorts.map(other => `"nats-route://127.0.0.1:${other}"`).join(', ')}]`,
      `  tls ${tls}`,
      '}',
      '',
    ].join('\n')
  const servers: NatsServer[] = []
  for (const [i, name] of NAMES.entries()) {
    servers.push(await NatsServer.start(configOf(name, routePorts[i])))
  }
  const credsFile = join(dir, 'node.creds')
  await writeFile(credsFile, accounts.creds, { mode: 0o600 })
  return {
    servers,
    url: servers.map(server => server.url.replace('nats:', 'tls:')).join(','),
    credsFile,
    caFile: authority.cert,
    async stop() {
      await Promise.all(servers.map(server => server.stop()))
      await rm(dir, { recursive: true })
    },
  }
}
