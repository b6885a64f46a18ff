/** The last hour, asked for by turns while somebody looks at it. */
import { signal } from '@preact/signals'
import { ApiError } from '../shared/api.ts'
import type { Hour } from '../shared/views.ts'
import { call } from './session.ts'

const EVERY_MS = 10_000

/** Null: not read yet, or not for this reader. */
export const hour = signal<Hour | null>(null)
/** The minute that is pointed at in one of the charts; null: none. */
export const pointedAt = signal<number | null>(null)

/** @returns what ends it. */
export function readFigures(): () => void {
  let isOver = false
  let timer: ReturnType<typeof setTimeout>
  const turn = async () => {
    if (!document.hidden) await read()
    if (!isOver) timer = setTimeout(turn, EVERY_MS)
  }
  void turn()
  return () => {
    isOver = true
    clearTimeout(timer)
  }
}

async function read(): Promise<void> {
  try {
    hour.value = await call<Hour>('/v1/figures')
  } catch (error) {
    // What is wrong with the node is told by what the console asks more often.
    if (!(error instanceof ApiError)) throw error
  }
}
