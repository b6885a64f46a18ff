/** How long to wait before trying again: longer each time, and never all watchers at once. Pure. */
const FIRST_MS = 1_000
const MAX_MS = 30_000

/** @param chance  0 to 1. After a restart of the node everybody comes back: they are spread over the whole of the wait but its first quarter. */
export function retryDelayMs(failures: number, chance: number): number {
  const longestMs = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(failures, 10))
  return Math.round(longestMs * (0.25 + 0.75 * chance))
}
