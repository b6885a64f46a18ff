/**
 * What is read of the orders, and when. The socket tells of drivers, of whom each that is asked, or free again, is news of an order; what
 * it says of the chosen order is shown as it comes. So the lists are read whole after such news, and now and then as a net; what is new is
 * looked for all the time, by a question whose answer is mostly empty.
 */
export interface ReadingState {
  readonly nowMs: number
  /** Null: never. */
  readonly readAtMs: number | null
  /** The socket is open and has left nothing out. */
  readonly isLive: boolean
  /** Something was heard that may be of an order. */
  readonly isHinted: boolean
  /** Nobody looks: another tab is in front, or the screen is off. */
  readonly isHidden: boolean
}

export const TURN_EVERY_MS = 2_000
export const AFTER_NEWS_MS = 5_000
export const NET_EVERY_MS = 30_000

export function whatToRead({ nowMs, readAtMs, isLive, isHinted, isHidden }: ReadingState): 'all' | 'new' | 'nothing' {
  if (readAtMs === null) return 'all'
  if (isHidden) return 'nothing'
  // A clock that was set back would else keep it from being read for as long as that.
  const sinceMs = Math.abs(nowMs - readAtMs)
  if (!isLive || sinceMs >= NET_EVERY_MS) return 'all'
  return isHinted && sinceMs >= AFTER_NEWS_MS ? 'all' : 'new'
}
