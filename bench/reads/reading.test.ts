import { expect, test } from 'bun:test'
import { NoResultError } from '../bench.ts'
import type { ReadPlan } from './plan.ts'
import { Reading } from './reading.ts'

const PLAN = {
  token: 'k',
  paths: ['/ok', '/missing'],
  connections: 4,
  ratePerS: 200,
  warmUpS: 0.1,
  durationS: 0.3,
  drainMaxS: 2,
} satisfies Omit<ReadPlan, 'url'>

test('every read of the measured time is counted, as answered only where it was answered well', async () => {
  const asked: string[] = []
  const server = Bun.serve({
    port: 0,
    fetch: request => {
      const { pathname } = new URL(request.url)
      asked.push(`${pathname} ${request.headers.get('authorization')}`)
      return new Response('{}', { status: pathname === '/ok' ? 200 : 404 })
    },
  })
  const reading = await Reading.open({ ...PLAN, url: `http://127.0.0.1:${server.port}` })
  try {
    const told: string[] = []
    const report = await reading.run({ onMetered: () => told.push('metered'), onEnded: () => told.push('ended') })
    expect(report).toMatchObject({ sent: 60, answered: 30, failed: 30, unanswered: 0 })
    expect(report.p50Ms).toBeGreaterThan(0)
    expect(report.maxMs).toBeGreaterThanOrEqual(report.p99Ms)
    expect(told).toEqual(['metered', 'ended'])
    // With those of the warm-up.
    expect(asked).toHaveLength(80)
    expect(new Set(asked)).toEqual(new Set(['/ok Bearer k', '/missing Bearer k']))
  } finally {
    reading.close()
    await server.stop(true)
  }
})

test('answers that come in pieces are put together, and what waits for a connection counts from its time', async () => {
  const server = Bun.listen<undefined>({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data: socket => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-le')
        setTimeout(() => socket.write('ngth: 2\r\n\r\n{'), 20)
        setTimeout(() => socket.write('}'), 40)
      },
    },
  })
  const url = `http://127.0.0.1:${server.port}`
  const reading = await Reading.open({ ...PLAN, url, connections: 1, ratePerS: 50, warmUpS: 0, durationS: 0.2 })
  try {
    const report = await reading.run({})
    expect(report).toMatchObject({ sent: 10, answered: 10, failed: 0 })
    // Ten of 40 ms by one connection, due within 200 ms: the last is answered after 400. It waits for the node, not for the process.
    expect(report.maxMs).toBeGreaterThan(180)
    expect(report.lateMaxMs).toBeLessThan(report.maxMs)
  } finally {
    reading.close()
    server.stop(true)
  }
})

test('a connection that breaks fails what was under way, and is opened anew', async () => {
  let answered = 0
  const server = Bun.listen<undefined>({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data: socket => {
        if (++answered === 5) socket.end()
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}')
      },
    },
  })
  const url = `http://127.0.0.1:${server.port}`
  const reading = await Reading.open({ ...PLAN, url, connections: 1, warmUpS: 0 })
  try {
    expect(await reading.run({})).toMatchObject({ sent: 60, answered: 59, failed: 1 })
  } finally {
    reading.close()
    server.stop(true)
  }
})

test('a node that does not answer does not look fast: what it owes counts with the time that it has waited', async () => {
  let asked = 0
  const server = Bun.listen<undefined>({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data: socket => {
        if (++asked <= 15) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}')
      },
    },
  })
  const url = `http://127.0.0.1:${server.port}`
  const reading = await Reading.open({ ...PLAN, url, connections: 1, warmUpS: 0, drainMaxS: 0.2 })
  try {
    const report = await reading.run({})
    expect(report).toMatchObject({ sent: 60, answered: 15, failed: 0, unanswered: 45 })
    expect(report.p50Ms).toBeGreaterThan(200)
    expect(report.maxMs).toBeGreaterThan(400)
  } finally {
    reading.close()
    server.stop(true)
  }
})

test('where nobody listens there is no result', async () => {
  const server = Bun.serve({ port: 0, fetch: () => new Response() })
  const url = `http://127.0.0.1:${server.port}`
  await server.stop(true)
  await expect(Reading.open({ ...PLAN, url })).rejects.toThrow(NoResultError)
})
