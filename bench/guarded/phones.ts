/**
 * Phones, each with a connection of its own and a credential of its own, that report by the clock: what a node is asked is the same
 * whoever they say they are.
 */
import { nowMs } from '../../src/sim/clock.ts'
import { Histogram } from '../../src/sim/histogram.ts'
import { numberAt, objectOf, textAt } from '../../src/sim/json.ts'
import { decodeFrame, encodeFrame } from '../../src/sim/wire.ts'
import { HttpLane } from '../ingest/http-lane.ts'

export type PhoneWay = 'msgpack' | 'http'

export interface Phone {
  readonly driverId: string
  readonly token: string
}

export interface PhonesOptions {
  readonly url: string
  readonly way: PhoneWay
  readonly phones: readonly Phone[]
}

/** One position per phone at the same time: it reports less often than it is answered. */
interface Line {
  report(latitude: number, onSettled: (isTaken: boolean) => void): void
  close(): void
}

export class Phones {
  /** From when a position was due to its acknowledgement. */
  readonly tookMs = new Histogram()
  #lines: readonly Line[] = []
  #steps = 0
  #settled = 0
  sent = 0
  taken = 0

  static async open({ url, way, phones }: PhonesOptions): Promise<Phones> {
    const opened = new Phones()
    opened.#lines = await Promise.all(
      phones.map(phone => (way === 'http' ? httpLine(url, phone) : streamLine(url, phone))),
    )
    return opened
  }

  get open(): number {
    return this.sent - this.#settled
  }

  /** Those of the phones whose turn it is. @param dueMs  when. */
  report(from: number, count: number, dueMs: number): void {
    for (let i = from; i < from + count; i++) {
      const line = this.#lines[i % this.#lines.length]
      this.sent++
      line?.report(37.7 + (this.#steps++ % 100_000) * 1e-7, isTaken => {
        this.#settled++
        if (isTaken) this.taken++
        this.tookMs.record(nowMs() - dueMs)
      })
    }
  }

  close(): void {
    for (const line of this.#lines) line.close()
  }
}

const LONGITUDE = -122.4
const ACCEPTED = 202

async function httpLine(url: string, { driverId, token }: Phone): Promise<Line> {
  const lane = new HttpLane(url, token)
  await lane.open(1)
  return {
    report(latitude, onSettled) {
      const body = `{"latitude":${latitude.toFixed(7)},"longitude":${LONGITUDE},"speed":8,"heading":90,"accuracy":5}`
      const path = `/v1/drivers/${driverId}/location`
      const onAnswer = (answer: { kind: string; status?: number }) => onSettled(answer.status === ACCEPTED)
      lane.send({ method: 'POST', path, body, onAnswer })
    },
    close: () => lane.close(),
  }
}

async function streamLine(url: string, { driverId, token }: Phone): Promise<Line> {
  const address = `${url.replace('http', 'ws')}/v1/stream?driver_id=${driverId}&token=${encodeURIComponent(token)}`
  const socket = new WebSocket(address, 'waggle.msgpack')
  socket.binaryType = 'arraybuffer'
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onclose = reject
  })
  const waiting: ((isTaken: boolean) => void)[] = []
  let [seq, acked] = [0, 0]
  socket.onmessage = ({ data }) => {
    const frame = objectOf(decodeFrame(new Uint8Array(data as ArrayBuffer)))
    const upTo = numberAt(frame, 'seq') ?? 0
    const isTaken = textAt(frame, 'type') === 'ack'
    for (; acked < upTo; acked++) waiting.shift()?.(isTaken)
  }
  return {
    report(latitude, onSettled) {
      waiting.push(onSettled)
      const at = { latitude, longitude: LONGITUDE, speed: 8, heading: 90, accuracy: 5 }
      socket.send(encodeFrame('msgpack', { type: 'location', seq: ++seq, ...at }))
    },
    close: () => socket.close(),
  }
}
