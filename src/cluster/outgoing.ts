/**
 * What goes to one thread of this node with the next flush, in order. Positions, and what is said of them, that follow one
 * another share a frame.
 */
import type { IntakeItem, IntakeResult } from '../actors/runtime/ports.ts'
import type { UnixMs } from '../domain/ids.ts'
import { type AnswerKind, AnswerRows, resultNumber } from './answer-rows.ts'
import { FixRows } from './fix-rows.ts'
import { encodeBatch, FRAME, type Frame } from './frames.ts'
import { ROWS_MAX } from './number-rows.ts'

type Piece = Frame | FixRows | AnswerRows

export class Outgoing {
  #pieces: Piece[] = []

  get isEmpty(): boolean {
    return this.#pieces.length === 0
  }

  put(frame: Frame): void {
    this.#pieces.push(frame)
  }

  putFirst(frame: Frame): void {
    this.#pieces.unshift(frame)
  }

  fix(gateway: string, item: IntakeItem): void {
    const last = this.#pieces.at(-1)
    if (last instanceof FixRows && last.gateway === gateway && !last.isFull) last.add(item)
    else {
      const rows = new FixRows(gateway)
      rows.add(item)
      this.#pieces.push(rows)
    }
  }

  seen(token: number, index: number, recordedAtMs: UnixMs, receivedAtMs: UnixMs): void {
    this.#answers(FRAME.seenRows).add(token, index, recordedAtMs, receivedAtMs)
  }

  settled(token: number, index: number, result: IntakeResult, recordedAtMs: UnixMs): void {
    this.#answers(FRAME.settledRows).add(token, index, resultNumber(result), recordedAtMs)
  }

  /** Everything so far, as batches that may be transferred. */
  take(): Uint8Array<ArrayBuffer>[] {
    const pieces = this.#pieces
    this.#pieces = []
    const batches: Uint8Array<ArrayBuffer>[] = []
    let frames: Frame[] = []
    let weight = 0
    for (const piece of pieces) {
      if (weight >= ROWS_MAX) {
        batches.push(encodeBatch(frames))
        frames = []
        weight = 0
      }
      frames.push(isRows(piece) ? piece.frame : piece)
      weight += isRows(piece) ? piece.length : 1
    }
    if (frames.length > 0) batches.push(encodeBatch(frames))
    for (const piece of pieces) if (isRows(piece)) piece.free()
    return batches
  }

  #answers(kind: AnswerKind): AnswerRows {
    const last = this.#pieces.at(-1)
    if (last instanceof AnswerRows && last.kind === kind && !last.isFull) return last
    const rows = new AnswerRows(kind)
    this.#pieces.push(rows)
    return rows
  }
}

function isRows(piece: Piece): piece is FixRows | AnswerRows {
  return piece instanceof FixRows || piece instanceof AnswerRows
}
