/**
 * What a worker tells its own gateway of the positions that it got from it: that one is its driver's newest (`seen`), and
 * what became of it (`settled`). The gateway has each position in hand until it is settled, so it is only named.
 */
import type { IntakeResult } from '../actors/runtime/ports.ts'
import type { UnixMs } from '../domain/ids.ts'
import { type FRAME, type Frame, RESULTS } from './frames.ts'
import { NumberRows, ReceivedNumbers } from './number-rows.ts'

/** Token and index; then the times of recording and receipt, or the result and the time of recording. */
const WIDTH = 4

export type AnswerKind = typeof FRAME.seenRows | typeof FRAME.settledRows

export class AnswerRows {
  readonly kind: AnswerKind
  readonly #rows = new NumberRows(WIDTH)

  constructor(kind: AnswerKind) {
    this.kind = kind
  }

  get length(): number {
    return this.#rows.length
  }

  get isFull(): boolean {
    return this.#rows.isFull
  }

  add(token: number, index: number, third: number, fourth: number): void {
    const at = this.#rows.add()
    const { numbers } = this.#rows
    numbers[at] = token
    numbers[at + 1] = index
    numbers[at + 2] = third
    numbers[at + 3] = fourth
  }

  get frame(): Frame {
    return [this.kind, this.#rows.bytes]
  }

  /** Its frame has been copied out. */
  free(): void {
    this.#rows.free()
  }
}

export function readSeenRows(
  frame: Frame,
  onSeen: (token: number, index: number, recordedAtMs: UnixMs, receivedAtMs: UnixMs) => void,
): void {
  const numbers = new ReceivedNumbers((frame as [number, Uint8Array])[1])
  for (let at = 0; at < numbers.length; at += WIDTH) {
    onSeen(numbers.at(at), numbers.at(at + 1), numbers.at(at + 2), numbers.at(at + 3))
  }
}

export function readSettledRows(
  frame: Frame,
  onSettled: (token: number, index: number, result: IntakeResult, recordedAtMs: UnixMs) => void,
): void {
  const numbers = new ReceivedNumbers((frame as [number, Uint8Array])[1])
  for (let at = 0; at < numbers.length; at += WIDTH) {
    const result = RESULTS[numbers.at(at + 2)] ?? 'overloaded'
    onSettled(numbers.at(at), numbers.at(at + 1), result, numbers.at(at + 3))
  }
}

export function resultNumber(result: IntakeResult): number {
  return RESULTS.indexOf(result)
}
