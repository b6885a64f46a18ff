import { expect, test } from 'bun:test'
import { chooseCodec, chosenSubprotocol, UnreadableFrame } from './codec.ts'

const json = chooseCodec('waggle.json')
const msgpack = chooseCodec('waggle.msgpack')

test('the first subprotocol that is known is chosen; JSON where none is', () => {
  expect(chooseCodec(null).subprotocol).toBe('waggle.json')
  expect(chooseCodec('graphql-ws, waggle.msgpack, waggle.json').subprotocol).toBe('waggle.msgpack')
  expect(chosenSubprotocol('graphql-ws')).toBeNull()
  expect(chosenSubprotocol('graphql-ws,waggle.json')).toBe('waggle.json')
})

test.each([json, msgpack])('what $subprotocol writes, it reads', codec => {
  const message = {
    type: 'location',
    seq: 1,
    latitude: 37.77,
    recorded_at: 1_770_000_000_123,
    name: '李雷',
    none: null,
  }
  const encoded = codec.encode(message)

  expect(codec.decode(typeof encoded === 'string' ? encoded : Buffer.from(encoded))).toEqual(message)
})

test.each([
  ['half a map', [0x82, 0xa1, 0x61, 0x01, 0xa1]],
  ['more than one value', [0x01, 0x02]],
  ['nothing', []],
  ['an unknown extension', [0xd4, 0x63, 0x01]],
  ['a list that claims four thousand million items', [0xdd, 0xff, 0xff, 0xff, 0xff]],
  ['lists in lists without end', new Array(400_000).fill(0x91)],
])('msgpack of %s is unreadable, and the next frame is read again', (_, bytes) => {
  expect(() => msgpack.decode(Buffer.from(bytes))).toThrow(UnreadableFrame)
  expect(msgpack.decode(Buffer.from(msgpack.encode({ seq: 1 })))).toEqual({ seq: 1 })
})

test('64-bit integers are numbers', () => {
  const bytes = [0x81, 0xa1, 0x74, 0xcf, 0, 0, 0x01, 0x9c, 0, 0, 0, 0]
  expect(msgpack.decode(Buffer.from(bytes))).toEqual({ t: 0x019c * 2 ** 32 })
})

test('each refuses the other’s kind of message', () => {
  expect(() => json.decode(Buffer.from('{}'))).toThrow(UnreadableFrame)
  expect(() => msgpack.decode('{}')).toThrow(UnreadableFrame)
  expect(() => json.decode('{')).toThrow(UnreadableFrame)
})
