/** Frames that are not what the socket takes, drawn from the document of sockets. */
import { isFields, type Schema, type Schemas, violations } from '../contract/schema.ts'
import { encodeFrame, type Protocol } from '../sim/wire.ts'
import type { Draw } from './draw.ts'
import { sample } from './sample.ts'
import { broken, spoiled } from './spoil.ts'

export interface BadFrame {
  readonly data: string | Uint8Array<ArrayBuffer>
  readonly fault: string
  /** Bytes that were turned may have made another good frame: then it is acknowledged. */
  readonly mayBeGood: boolean
}

export interface FramePlan {
  readonly messages: readonly Schema[]
  readonly schemas: Schemas
  readonly protocol: Protocol
  /** That the next frame of this connection has. */
  readonly seq: number
  readonly draw: Draw
}

const TRIES_MAX = 50
const RANDOM_BYTES_MAX = 512
const TOO_MANY_CHARACTERS = 600_000

export function badFrame(plan: FramePlan): BadFrame {
  const { draw, protocol } = plan
  if (draw.chance(0.6)) return spoiledFrame(plan)
  if (protocol === 'msgpack' && draw.chance(0.6)) return turnedFrame(plan)
  const kinds = [
    () => ({
      data: broken(JSON.stringify(sampleFrame(plan)), draw),
      fault: 'no JSON',
      mayBeGood: protocol === 'msgpack',
    }),
    () => ({ data: randomBytes(draw), fault: 'any bytes', mayBeGood: false }),
    () => ({ data: 'x'.repeat(TOO_MANY_CHARACTERS), fault: 'too long', mayBeGood: false }),
  ]
  return draw.of(draw.chance(0.05) ? kinds : kinds.slice(0, 2))()
}

function spoiledFrame(plan: FramePlan): BadFrame {
  const { draw, protocol, messages, schemas } = plan
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const text = spoiled(sampleFrame(plan), draw)
    const frame: unknown = JSON.parse(text)
    if (messages.some(message => violations(message, frame, schemas).length === 0)) continue
    const data = protocol === 'json' ? text : encoded(frame)
    return { data, fault: 'spoiled', mayBeGood: false }
  }
  return { data: '{', fault: 'no JSON', mayBeGood: false }
}

/** Cut, or with some of its bytes turned. */
function turnedFrame(plan: FramePlan): BadFrame {
  const { draw } = plan
  const bytes = encoded(sampleFrame(plan))
  if (draw.chance(0.5)) return { data: bytes.slice(0, draw.below(bytes.length)), fault: 'cut', mayBeGood: false }
  for (let turns = 1 + draw.below(4); turns > 0; turns--) bytes[draw.below(bytes.length)] = draw.below(256)
  return { data: bytes, fault: 'bytes turned', mayBeGood: true }
}

function sampleFrame({ messages, schemas, seq, draw }: FramePlan): object {
  const frame = sample(draw.of(messages), schemas, draw)
  const fields = isFields(frame) ? frame : {}
  return 'seq' in fields ? { ...fields, seq } : fields
}

function encoded(frame: unknown): Uint8Array<ArrayBuffer> {
  const packed = encodeFrame('msgpack', Object(frame))
  return typeof packed === 'string' ? new TextEncoder().encode(packed) : new Uint8Array(packed)
}

function randomBytes(draw: Draw): Uint8Array<ArrayBuffer> {
  // 0xc1 first: of all bytes the one that msgpack never uses.
  return new Uint8Array([0xc1, ...Array.from({ length: draw.below(RANDOM_BYTES_MAX) }, () => draw.below(256))])
}
