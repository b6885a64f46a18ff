/** How long the embedded server's life may take, and how much it may leave on disk. Tests shorten these. */
export interface EmbeddedLimits {
  /** Recovery after a crash replays up to max_wal_size (4 GB): minutes on a slow disk. */
  readonly startMaxMs: number
  /** A server that says `ready` and does not take a connection in this time is replaced. */
  readonly answerMaxMs: number
  /** One attempt to connect; the kernel accepts for a stopped process, so silence must end somewhere. */
  readonly probeMaxMs: number
  /** A fast shutdown writes a checkpoint: up to shared_buffers of dirty pages. */
  readonly stopFastMaxMs: number
  readonly stopImmediateMaxMs: number
  readonly stopKillMaxMs: number
  /** A taken port, a server that another node has just begun to start, orphans of a killed one. */
  readonly startAttemptsMax: number
  /** How often a running node looks whether its server is still there. */
  readonly watchMs: number
  /** The longest pause between attempts to bring a dead server back. */
  readonly watchPauseMaxMs: number
  readonly logSweepMs: number
  /** With LOG_FILE_MAX_MB each: what the server's log may take. */
  readonly logFilesMax: number
  readonly initdbMaxMs: number
  readonly pollMs: number
}

export const EMBEDDED_LIMITS: EmbeddedLimits = {
  startMaxMs: 600_000,
  answerMaxMs: 10_000,
  probeMaxMs: 2_000,
  stopFastMaxMs: 60_000,
  stopImmediateMaxMs: 10_000,
  stopKillMaxMs: 10_000,
  startAttemptsMax: 6,
  watchMs: 500,
  watchPauseMaxMs: 15_000,
  logSweepMs: 300_000,
  logFilesMax: 8,
  initdbMaxMs: 120_000,
  pollMs: 10,
}

/** The server begins a new log file at this size. */
export const LOG_FILE_MAX_MB = 10
