/** The AsyncAPI 3 document: the sockets of this node, and what it publishes on NATS. */
import { EVENT_CONTENT_TYPE } from '../../feed/cloud-event.ts'
import { DEDUPE_WINDOW_MS } from '../../feed/limits.ts'
import { EVENT_STREAM, EVENT_SUBJECTS, POSITIONS_PREFIX, REPLAY_SUBJECT } from '../../feed/subjects.ts'
import { type Doc, plain } from '../schema-doc.ts'
import { DRIVER_FEED, ORDER_FEED, POSITIONS_FEED } from './feed-messages.ts'
import { LIVE_RECEIVES, LIVE_SENDS, ORDER_LOCATION_SENDS } from './live-messages.ts'
import type { DescribedMessages } from './message.ts'
import { STREAM_RECEIVES, STREAM_SENDS } from './stream-messages.ts'

interface Channel {
  readonly name: string
  readonly server: 'node' | 'nats'
  readonly address: string
  readonly description: string
  readonly parameters?: Doc
  /** What this node sends to its clients or subscribers. */
  readonly sends: DescribedMessages
  /** What it takes from them. */
  readonly receives?: DescribedMessages
  readonly contentType?: string
  readonly query?: Doc
}

const ORDER_PARAMETER = { order_id: { description: 'The id of an order.' } }
const TOKEN = {
  token: {
    type: 'string',
    description: 'An API key or a JWT where the header cannot be set, or what a tracking link has.',
  },
}
const READING =
  `At least once, from the JetStream stream \`${EVENT_STREAM}\`. \`seq\` has no gaps within a shard: keep the last one per shard, ` +
  'drop what you have, wait for what is missing; then each event is seen once and in order. ' +
  `The stream drops repeats within ${DEDUPE_WINDOW_MS / 1_000} s by their Nats-Msg-Id. ` +
  'Kinds that a later version adds, and fields within `data`, may come at any time.'

const CHANNELS: readonly Channel[] = [
  {
    name: 'stream',
    server: 'node',
    address: '/v1/stream',
    description:
      'Positions in, acknowledgements out; on the connection of one driver also its offers. Subprotocol `waggle.json` or `waggle.msgpack`.',
    receives: STREAM_RECEIVES,
    sends: STREAM_SENDS,
    query: { ...TOKEN, driver_id: { type: 'string', description: 'Whose connection it is.' } },
  },
  {
    name: 'live',
    server: 'node',
    address: '/v1/live',
    description:
      'Watch orders, drivers, cells or the fleet, as far as the role allows: another’s topic is `not_found`, a forbidden one ' +
      '`forbidden`. With the token of a tracking link its order alone. A slow reader gets the latest and a `gap`.',
    receives: LIVE_RECEIVES,
    sends: LIVE_SENDS,
    query: TOKEN,
  },
  {
    name: 'orderDriverLocation',
    server: 'node',
    address: '/v1/orders/{order_id}/driver-location',
    description:
      'Where the driver of an order is. Also at `/api/v1/drivers/orders/{order_id}/driver-location`, as the location service before it had it.',
    parameters: ORDER_PARAMETER,
    sends: ORDER_LOCATION_SENDS,
    query: TOKEN,
  },
  {
    name: 'orderEvents',
    server: 'nats',
    address: EVENT_SUBJECTS.order,
    description: `Every committed event of every order. ${READING}`,
    sends: ORDER_FEED,
    contentType: EVENT_CONTENT_TYPE,
  },
  {
    name: 'driverEvents',
    server: 'nats',
    address: EVENT_SUBJECTS.driver,
    description: `Every committed event of every driver. ${READING}`,
    sends: DRIVER_FEED,
    contentType: EVENT_CONTENT_TYPE,
  },
  {
    name: 'replayedEvents',
    server: 'nats',
    address: REPLAY_SUBJECT,
    description:
      'A past stretch again, published by `bun run feed:replay`, here or on a subject of choice. At most once: whoever listens gets it.',
    sends: { ...ORDER_FEED, ...DRIVER_FEED },
    contentType: EVENT_CONTENT_TYPE,
  },
  {
    name: 'positions',
    server: 'nats',
    address: `${POSITIONS_PREFIX}{region}`,
    description:
      'Positions of drivers as they come, AT MOST ONCE: plain messages that nobody keeps; published where WAGGLE_POSITIONS_FEED is set. The history has every one.',
    parameters: { region: { description: 'An H3 cell of resolution 7; `*` for all of them.' } },
    sends: POSITIONS_FEED,
  },
]

export function asyncApi(version: string, baseUrl: string): Doc {
  const schemas: Doc = {}
  const messages: Doc = {}
  const channels = CHANNELS.map(channel => [channel.name, channelDoc(channel, messages, schemas)] as const)
  const operations = CHANNELS.flatMap(operationDocs)
  const { host, protocol } = new URL(baseUrl)
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Waggle',
      version,
      description: 'The sockets of a node, and what it publishes on NATS. The requests are in `/openapi.json`.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      node: {
        host,
        protocol: protocol === 'https:' ? 'wss' : 'ws',
        security: [{ $ref: '#/components/securitySchemes/key' }],
      },
      nats: {
        host: '{nats_host}',
        protocol: 'nats',
        description: 'Where WAGGLE_NATS_URL points.',
        variables: { nats_host: { default: 'localhost:4222' } },
      },
    },
    channels: Object.fromEntries(channels),
    operations: Object.fromEntries(operations),
    components: {
      messages,
      schemas,
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An API key or a JWT; or `?token=`.' } },
    },
  }
}

function channelDoc(channel: Channel, messages: Doc, schemas: Doc): Doc {
  const { name, server, address, description, parameters, contentType, query } = channel
  const all = { ...channel.receives, ...channel.sends }
  const ways = [channel.receives ?? {}, channel.sends]
  for (const way of ways) {
    for (const [type, { summary, payload }] of Object.entries(way)) {
      messages[messageKey(name, way === channel.sends, type)] = {
        name: type,
        summary,
        ...(contentType === undefined ? {} : { contentType }),
        payload: plain(payload, schemas),
      }
    }
  }
  const refs = ways.flatMap(way =>
    Object.keys(way).map(type => {
      const key = messageKey(name, way === channel.sends, type)
      return [key, { $ref: `#/components/messages/${key}` }] as const
    }),
  )
  return {
    address,
    description: `${description} ${Object.keys(all).length} kinds of messages.`,
    servers: [{ $ref: `#/servers/${server}` }],
    ...(parameters === undefined ? {} : { parameters }),
    ...(query === undefined
      ? {}
      : { bindings: { ws: { method: 'GET', query: { type: 'object', properties: query } } } }),
    messages: Object.fromEntries(refs),
  }
}

/** `action` is what this node does. */
function operationDocs(channel: Channel): (readonly [string, Doc])[] {
  const { name, sends, receives } = channel
  const operation = (action: 'send' | 'receive', way: DescribedMessages) => ({
    action,
    channel: { $ref: `#/channels/${name}` },
    messages: Object.keys(way).map(type => ({
      $ref: `#/channels/${name}/messages/${messageKey(name, action === 'send', type)}`,
    })),
  })
  return [
    [`${name}.send`, operation('send', sends)],
    ...(receives === undefined ? [] : [[`${name}.receive`, operation('receive', receives)] as const]),
  ]
}

/** A message such as `location` goes both ways with different contents. */
function messageKey(channel: string, isSent: boolean, type: string): string {
  return `${channel}.${isSent ? 'sent' : 'received'}.${type}`
}
