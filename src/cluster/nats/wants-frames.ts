import { FRAME, type Frame, FrameError } from '../frames.ts'

/** `all`: this and nothing else · `more`, `fewer`: beside what was told before · `gone`: nothing, for good. */
export type WantsMode = 'all' | 'more' | 'fewer' | 'gone'

const MODES: readonly WantsMode[] = ['all', 'more', 'fewer', 'gone']

export interface Wants {
  readonly node: string
  readonly mode: WantsMode
  readonly subjects: readonly string[]
}

/** What the watchers of a node want to hear. */
export function wantsFrame(node: string, mode: WantsMode, subjects: readonly string[]): Frame {
  return [FRAME.wants, node, MODES.indexOf(mode), subjects]
}

/** @throws {FrameError} */
export function readWants(frame: Frame): Wants {
  const [kind, node, mode, subjects] = frame as [number, string, number, readonly string[]]
  const known = MODES[mode]
  if (kind !== FRAME.wants || known === undefined) throw new FrameError('a frame that is no announcement of interest')
  return { node, mode: known, subjects }
}
