import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { Value } from '@sinclair/typebox/value'
import { Glob } from 'bun'
import { CELL_RES_MAX } from '../live/topics.ts'
import { renderLiveFix, renderLocationUpdate } from '../render/position.ts'
import { asyncApi } from './asyncapi.ts'
import { LIVE_SENDS, ORDER_LOCATION_SENDS } from './live-messages.ts'
import type { DescribedMessage } from './message.ts'

const SRC = join(import.meta.dir, '../..')

interface Document {
  readonly asyncapi: string
  readonly channels: Record<string, { address: string; messages: Record<string, { $ref: string }> }>
  readonly operations: Record<string, { action: string; channel: { $ref: string }; messages: { $ref: string }[] }>
  readonly components: { messages: Record<string, { name: string }> }
}

/** As a client gets it. */
const document = JSON.parse(JSON.stringify(asyncApi('1.2.3', 'https://waggle.example'))) as Document

function namesOf(channel: string, way: 'sent' | 'received'): string[] {
  const keys = Object.keys(document.channels[channel]?.messages ?? {})
  return keys
    .filter(key => key.startsWith(`${channel}.${way}.`))
    .map(key => document.components.messages[key]?.name ?? '')
}

async function literals(pattern: string, expression: RegExp): Promise<string[]> {
  const found = new Set<string>()
  for await (const path of new Glob(pattern).scan(SRC)) {
    if (path.endsWith('.test.ts')) continue
    for (const match of (await Bun.file(join(SRC, path)).text()).matchAll(expression)) found.add(match[1] ?? '')
  }
  return [...found].sort()
}

test('the document is of version 3, and every reference in it leads somewhere', () => {
  expect(document.asyncapi).toBe('3.0.0')
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(match => match[1] ?? '')
  const broken = refs.filter(ref => {
    let at: unknown = document
    for (const part of ref.split('/')) at = (at as Record<string, unknown> | undefined)?.[part]
    return at === undefined
  })

  expect(refs.length).toBeGreaterThan(50)
  expect(broken).toEqual([])
})

test('the sockets and subjects are where the contract says', () => {
  expect(Object.values(document.channels).map(channel => channel.address)).toEqual([
    '/v1/stream',
    '/v1/live',
    '/v1/orders/{order_id}/driver-location',
    'waggle.events.order',
    'waggle.events.driver',
    'waggle.events.replay',
    'waggle.positions.{region}',
  ])
})

test('every operation names messages of its channel, and every message of a channel is in an operation', () => {
  for (const [name, channel] of Object.entries(document.channels)) {
    const named = Object.values(document.operations)
      .filter(operation => operation.channel.$ref === `#/channels/${name}`)
      .flatMap(operation => operation.messages.map(message => message.$ref.split('/').at(-1) ?? ''))
    expect(named.sort()).toEqual(Object.keys(channel.messages).sort())
  }
})

test('every message that the sockets of a stream send is named', async () => {
  const sent = await literals('http/sockets/stream*.ts', /\{ type: '([a-z_]+)'/g)
  const told = await literals('actors/driver/*.ts', /phone\([a-z]+, '([a-z_]+)'/g)

  expect(sent).toEqual(expect.arrayContaining(['accepted', 'ack', 'error', 'offer_closed']))
  expect(told).toEqual(expect.arrayContaining(['assignment', 'offer', 'offer_revoked', 'order_cancelled']))
  expect(namesOf('stream', 'sent').sort()).toEqual([...new Set([...sent, ...told])].sort())
})

test('every message that a stream takes is named', async () => {
  const taken = await literals('http/sockets/stream.ts', /case '([a-z_]+)':/g)

  expect(namesOf('stream', 'received').sort()).toEqual(taken)
})

test('every message of the live sockets is named', async () => {
  const answer = /answer\(\{ type: '([a-z_]+)'/g
  const answers = [
    ...(await literals('http/sockets/live.ts', answer)),
    ...(await literals('http/live/outbox.ts', answer)),
  ]
  const updates = [
    ...(await literals('http/live/*.ts', /new LiveEvent\('([a-z_]+)'/g)),
    ...(await literals('actors/{driver,order,cell}/*.ts', /\bpublish\(`(?:order|driver|cell):[^`]+`, '([a-z_]+)'/g)),
  ]
  const location = [
    ...(await literals('http/sockets/order-location.ts', /stringify\(\{ type: '([a-z_]+)'/g)),
    ...(await literals('http/render/position.ts', /^ +type: '([a-z_]+)'/gm)),
  ]

  expect(updates).toEqual(expect.arrayContaining(['driver', 'location', 'order']))
  expect(namesOf('live', 'sent').sort()).toEqual([...new Set([...answers, ...updates])].sort())
  expect(namesOf('live', 'received').sort()).toEqual(
    await literals('http/schemas/frame.ts', /Type\.Literal\('([a-z_]+)'\)/g),
  )
  expect(namesOf('orderDriverLocation', 'sent').sort()).toEqual(location.sort())
})

test('every event that is journaled is named', async () => {
  // Their decider marks the volatile ones; what is left is published, or the types of the feed would not fit.
  expect(namesOf('orderEvents', 'sent')).toContain('waggle.order.assigned')
  expect(namesOf('driverEvents', 'sent')).toContain('waggle.driver.rehomed')
  expect(namesOf('replayedEvents', 'sent').sort()).toEqual(
    [...namesOf('orderEvents', 'sent'), ...namesOf('driverEvents', 'sent')].sort(),
  )
})

function errorsOf(described: DescribedMessage | undefined, message: object): unknown[] {
  if (described === undefined) throw new Error('it is not described')
  return [...Value.Errors(described.payload, message)]
}

test('what the sockets render is what the document says', () => {
  const fix = {
    driverId: 'drv_1' as never,
    latitude: 1,
    longitude: 2,
    speed: null,
    heading: 3,
    accuracy: null,
    recordedAtMs: 0,
    receivedAtMs: 1,
    orderId: null,
    cell: '872830828ffffff' as never,
  }
  const location = { type: 'location', topic: 'fleet', seq: 1, data: renderLiveFix(fix) }

  expect(errorsOf(LIVE_SENDS.location, location)).toEqual([])
  expect(errorsOf(ORDER_LOCATION_SENDS.location_update, renderLocationUpdate(fix, 'ord_1'))).toEqual([])
  expect(JSON.stringify(document)).toContain(`resolution 0–${CELL_RES_MAX}`)
})
