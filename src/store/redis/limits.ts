/** What the shared hot view may take, of time and of memory. */
export interface HotViewLimits {
  /** A read that takes longer is answered without Redis: a customer's page should not wait for it. */
  readonly readMaxMs: number
  /** A batch of writes. Nobody waits for it; past this Redis is taken for dead. */
  readonly writeMaxMs: number
  readonly connectMaxMs: number
  /** Silence on a connection with a request under way; then it is made anew: the machine behind it may be gone. */
  readonly silenceMaxMs: number
  /** Between the first two looks whether a dead Redis is back; doubled up to `probeMaxMs`. */
  readonly probeMinMs: number
  readonly probeMaxMs: number
  readonly flushEveryMs: number
  /** With nothing to write, Redis is still asked this often whether it was emptied. */
  readonly idleFlushMs: number
  /** Drivers per call of the script: some milliseconds of Redis's one thread, and far from what Lua can unpack. */
  readonly batchMax: number
  /** Drivers that wait for a Redis that is away, the latest of each: about 100 MB. Beyond it the oldest are forgotten. */
  readonly waitingMax: number
  /** Silent drivers that one flush removes from the index. */
  readonly sweepMax: number
  /** Drivers that one search looks at: a filter that fits nobody must not stop Redis for longer than some milliseconds. */
  readonly candidatesMax: number
  /** Drivers per call when many are read. */
  readonly pageMax: number
}

export const HOT_VIEW_LIMITS: HotViewLimits = {
  readMaxMs: 50,
  writeMaxMs: 500,
  connectMaxMs: 1_000,
  silenceMaxMs: 5_000,
  probeMinMs: 50,
  probeMaxMs: 1_000,
  flushEveryMs: 100,
  idleFlushMs: 1_000,
  batchMax: 500,
  waitingMax: 200_000,
  sweepMax: 500,
  candidatesMax: 5_000,
  pageMax: 1_000,
}
