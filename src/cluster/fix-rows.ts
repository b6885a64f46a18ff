/** Positions on their way from the gateway's thread to a worker of the same node: one frame for all that follow one another. */
import type { IntakeItem } from '../actors/runtime/ports.ts'
import type { DriverId, ShardId } from '../domain/ids.ts'
import { FRAME, type Frame } from './frames.ts'
import { NumberRows, ReceivedNumbers } from './number-rows.ts'

/** Latitude, longitude, speed, heading, accuracy, time; shard, token, index, whether to make the driver. */
const WIDTH = 10
/** No id has it. */
const BETWEEN_IDS = '\n'
/** What a number is that is not given: positions that are let in have none. */
const ABSENT = Number.NaN

export class FixRows {
  readonly gateway: string
  readonly #rows = new NumberRows(WIDTH)
  readonly #drivers: DriverId[] = []
  /** Place and text of those that name one: few do. */
  readonly #orders: (number | string)[] = []

  constructor(gateway: string) {
    this.gateway = gateway
  }

  get length(): number {
    return this.#rows.length
  }

  get isFull(): boolean {
    return this.#rows.isFull
  }

  add({ driverId, shard, token, index, create, fix }: IntakeItem): void {
    const { orderId } = fix
    if (orderId !== null) this.#orders.push(this.#drivers.length, orderId)
    this.#drivers.push(driverId)
    const at = this.#rows.add()
    const { numbers } = this.#rows
    numbers[at] = fix.latitude
    numbers[at + 1] = fix.longitude
    numbers[at + 2] = fix.speed ?? ABSENT
    numbers[at + 3] = fix.heading ?? ABSENT
    numbers[at + 4] = fix.accuracy ?? ABSENT
    numbers[at + 5] = fix.recordedAtMs ?? ABSENT
    numbers[at + 6] = shard
    numbers[at + 7] = token
    numbers[at + 8] = index
    numbers[at + 9] = create ? 1 : 0
  }

  get frame(): Frame {
    return [FRAME.fixes, this.gateway, this.#drivers.join(BETWEEN_IDS), this.#rows.bytes, this.#orders]
  }

  /** Its frame has been copied out. */
  free(): void {
    this.#rows.free()
  }
}

export function readFixes(frame: Frame, onFix: (gateway: string, item: IntakeItem) => void): void {
  const [, gateway, drivers, bytes, orders] = frame as [number, string, string, Uint8Array, (number | string)[]]
  const orderOf = ordersByPlace(orders)
  const numbers = new ReceivedNumbers(bytes)
  const ids = drivers.split(BETWEEN_IDS) as DriverId[]
  for (let place = 0; place < ids.length; place++) {
    const at = place * WIDTH
    onFix(gateway, {
      driverId: ids[place] as DriverId,
      shard: numbers.at(at + 6) as ShardId,
      token: numbers.at(at + 7),
      index: numbers.at(at + 8),
      create: numbers.at(at + 9) === 1,
      fix: {
        latitude: numbers.at(at),
        longitude: numbers.at(at + 1),
        speed: given(numbers.at(at + 2)),
        heading: given(numbers.at(at + 3)),
        accuracy: given(numbers.at(at + 4)),
        recordedAtMs: given(numbers.at(at + 5)),
        orderId: orderOf?.get(place) ?? null,
      },
    })
  }
}

function given(value: number): number | null {
  return Number.isNaN(value) ? null : value
}

function ordersByPlace(orders: readonly (number | string)[]): Map<number, string> | null {
  if (orders.length === 0) return null
  const byPlace = new Map<number, string>()
  for (let i = 0; i < orders.length; i += 2) byPlace.set(orders[i] as number, orders[i + 1] as string)
  return byPlace
}
