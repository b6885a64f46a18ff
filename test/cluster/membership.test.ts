/** The bucket of leases on a real server: the conformance suite, and what only a real server does. */
import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MembershipUnansweredError } from '../../src/actors/runtime/membership-port.ts'
import { NatsLink, NatsRefusedError, NatsUnreachableError } from '../../src/cluster/nats/connect.ts'
import { MembershipBucketError, NatsMembership } from '../../src/cluster/nats/nats-membership.ts'
import { readNatsTarget } from '../../src/cluster/nats/nats-target.ts'
import { CALL_MAX_MS } from '../../src/cluster/ownership/limits.ts'
import { systemClock } from '../../src/cluster/system-clock.ts'
import { CONFORMANCE_TTL_MS, membershipConformance } from '../conformance/membership.conformance.ts'
import { makeAuthority, makeServerCertificate } from '../support/certificates.ts'
import { NatsServer } from '../support/nats-server.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

const clock = systemClock
const links: NatsLink[] = []

async function linkTo(url: string): Promise<NatsLink> {
  const link = await NatsLink.open({ target: readNatsTarget(url), name: 'test', clock, onEvent: () => undefined })
  links.push(link)
  return link
}

async function closeLinks(): Promise<void> {
  await Promise.all(links.splice(0).map(link => link.close()))
}

await describeWithServices('membership on NATS', ['nats'], () => {
  membershipConformance('NATS', async () => {
    const server = await NatsServer.start()
    const open = async () => NatsMembership.open({ link: await linkTo(server.url), clock, ttlMs: CONFORMANCE_TTL_MS })
    return {
      membership: await open(),
      other: await open(),
      close: async () => {
        await closeLinks()
        await server.stop()
      },
    }
  })
})

await describeWithServices('a bucket on NATS', ['nats'], () => {
  let server: NatsServer
  beforeAll(async () => {
    server = await NatsServer.start()
  })
  afterEach(closeLinks)
  afterAll(() => server.stop())

  test('nodes that start at once make one bucket', async () => {
    const all = await Promise.all([1, 2, 3].map(() => linkTo(server.url)))
    const memberships = await Promise.all(all.map(link => NatsMembership.open({ link, clock, bucket: 'together' })))
    const writes = await Promise.all(memberships.map((membership, i) => membership.create('a', `${i}`)))

    expect(writes.filter(write => write.kind === 'written')).toHaveLength(1)
  })

  test('a bucket with another TTL is refused, with a sentence', async () => {
    const link = await linkTo(server.url)
    await NatsMembership.open({ link, clock, bucket: 'odd', ttlMs: 60_000 })

    const failure = await NatsMembership.open({ link, clock, bucket: 'odd' }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(MembershipBucketError)
  })

  test('a bucket with another TTL is left as it is, also by who wants more servers to keep it', async () => {
    const link = await linkTo(server.url)
    await NatsMembership.open({ link, clock, bucket: 'odd_replicas', ttlMs: 60_000 })
    const failure = await NatsMembership.open({ link, clock, bucket: 'odd_replicas', replicas: 3 }).catch(
      (error: unknown) => error,
    )
    expect(failure).toBeInstanceOf(MembershipBucketError)
    const jsm = await link.connection.jetstreamManager({ checkAPI: false })
    expect((await jsm.streams.info('KV_odd_replicas')).config.max_age).toBe(60_000_000_000)
  })

  test('a frozen server gives no answer within the bound of a call, and what was written meanwhile is judged by its revision', async () => {
    const link = await linkTo(server.url)
    const membership = await NatsMembership.open({ link, clock, bucket: 'frozen' })
    const first = await membership.create('a', 'one')
    if (first.kind !== 'written') throw new Error('not created')
    await server.freeze()
    const startMs = performance.now()
    const failure = await membership.update('a', 'two', first.revision).catch((error: unknown) => error)
    const tookMs = performance.now() - startMs
    await server.thaw()

    expect(failure).toBeInstanceOf(MembershipUnansweredError)
    expect(tookMs).toBeLessThan(CALL_MAX_MS * 2)
    // It lands once the server is back, or is found not to have: either way the next write is judged.
    await until(async () => (await membership.get('a').catch(() => null)) !== null, 'the server answers')
    await until(async () => (await membership.get('a'))?.value === 'two', 'the late write has landed')
    expect(await membership.update('a', 'three', first.revision)).toEqual({ kind: 'taken' })
  })

  test('while the server is away every call says so at once; after it the bucket is made again and everything in it is gone', async () => {
    const [link, otherLink] = [await linkTo(server.url), await linkTo(server.url)]
    const membership = await NatsMembership.open({ link, clock, bucket: 'restart' })
    const other = await NatsMembership.open({ link: otherLink, clock, bucket: 'restart' })
    const before = await membership.create('a', 'mine')
    if (before.kind !== 'written') throw new Error('not created')
    const seen: string[] = []
    const stop = other.watch(entry => seen.push(`${entry.key} ${entry.value}`))
    await until(() => seen.length > 0, 'the first entry is seen')
    await server.kill()
    await until(() => !link.isUp && !otherLink.isUp, 'the cut is noticed')

    const failure = await membership.get('a').catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(MembershipUnansweredError)
    await server.restart()
    await until(() => link.isUp && otherLink.isUp, 'the connections are back')

    // Both find it missing at once.
    const [updated, created] = await Promise.all([
      membership.update('a', 'mine', before.revision),
      other.create('b', 'yours'),
    ])
    expect(updated).toEqual({ kind: 'taken' })
    expect(created.kind).toBe('written')
    expect((await membership.create('a', 'again')).kind).toBe('written')
    await until(() => seen.includes('a again') && seen.includes('b yours'), 'who watches goes on watching')
    stop()
  })

  test('nothing that was asked while there was no connection is sent later', async () => {
    const link = await linkTo(server.url)
    const membership = await NatsMembership.open({ link, clock, bucket: 'late' })
    await server.kill()
    await until(() => !link.isUp, 'the cut is noticed')
    await membership.create('a', 'said before').catch(() => undefined)
    await server.restart()
    await until(() => link.isUp, 'the connection is back')
    await Bun.sleep(200)

    expect(await membership.get('a')).toBeNull()
  })
})

await describeWithServices('a connection to NATS', ['nats'], () => {
  afterEach(closeLinks)

  test('a wrong password is refused at once, and is in no message; the right one is let in', async () => {
    const server = await NatsServer.start('authorization { user: waggle, password: right-horse }')
    try {
      const startMs = performance.now()
      const url = (password: string) => server.url.replace('//', `//waggle:${password}@`)
      const failure = await linkTo(url('wrong-horse')).catch((error: unknown) => error)

      expect(failure).toBeInstanceOf(NatsRefusedError)
      expect(Bun.inspect(failure)).not.toContain('wrong-horse')
      expect(performance.now() - startMs).toBeLessThan(3_000)
      expect((await linkTo(url('right-horse'))).isUp).toBe(true)
    } finally {
      await closeLinks()
      await server.stop()
    }
  })

  test('where nobody listens the start ends in time, with a sentence that names the place', async () => {
    const target = readNatsTarget('nats://secret:secret@127.0.0.1:1')
    const options = { target, name: 'test', clock, onEvent: () => undefined, connectMaxMs: 500 }
    const failure = await NatsLink.open(options).catch((error: unknown) => error)

    expect(failure).toBeInstanceOf(NatsUnreachableError)
    expect(String(failure)).toContain('127.0.0.1:1')
    expect(Bun.inspect(failure)).not.toContain('secret')
  })

  test('tls:// is spoken with a server whose authority is given, and one without TLS or of another authority is refused', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'waggle-test-tls-'))
    const authority = makeAuthority(dir, 'authority')
    const { cert, key } = makeServerCertificate(dir, 'server', authority)
    const plain = await NatsServer.start()
    const secure = await NatsServer.start(
      `tls { cert_file: ${JSON.stringify(cert)}, key_file: ${JSON.stringify(key)} }`,
    )
    const open = (url: string, caFile: string | null) =>
      NatsLink.open({
        target: readNatsTarget(url.replace('nats:', 'tls:'), null, caFile),
        name: 'test',
        clock,
        onEvent: () => undefined,
        connectMaxMs: 1_000,
      })
    try {
      const link = await open(secure.url, authority.cert)
      links.push(link)
      await link.connection.flush()

      expect(link.connection.info?.tls_required).toBe(true)
      expect(await open(secure.url, null).catch((error: unknown) => error)).toBeInstanceOf(NatsUnreachableError)
      expect(await open(plain.url, authority.cert).catch((error: unknown) => error)).toBeInstanceOf(
        NatsUnreachableError,
      )
    } finally {
      await closeLinks()
      await Promise.all([plain.stop(), secure.stop(), rm(dir, { recursive: true })])
    }
  })

  test('what happens to a connection is told, and draining it sends what is under way', async () => {
    const server = await NatsServer.start()
    const told: string[] = []
    const target = readNatsTarget(server.url)
    const link = await NatsLink.open({ target, name: 'test', clock, onEvent: event => told.push(event.kind) })
    const listener = await linkTo(server.url)
    let heard = 0
    listener.connection.subscribe('there', { callback: () => heard++ })
    await listener.connection.flush()
    await server.kill()
    await server.restart()
    await until(() => told.includes('reconnected') && listener.isUp, 'the connections are back')
    await listener.connection.flush()
    for (let i = 0; i < 100; i++) link.connection.publish('there', 'x')
    await link.drain()

    await until(() => heard === 100, 'everything that was published arrives')
    expect(told).toEqual(['disconnected', 'reconnected', 'closed'])
    expect(link.isUp).toBe(false)
    await closeLinks()
    await server.stop()
  })
})
