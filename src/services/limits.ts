/** How long the servers' lives may take. */
export const SERVICE_LIMITS = {
  /** NATS and Redis answer in milliseconds; a kept directory may hold a log to read first. */
  startMaxMs: 20_000,
  /** One attempt to be answered. */
  probeMaxMs: 1_000,
  pollMs: 10,
  /** From the polite signal to the hard one. */
  stopMaxMs: 10_000,
  killMaxMs: 5_000,
  /** A free port may be taken by somebody else before the server has it. */
  portAttemptsMax: 5,
  /** Of what a server said, for the sentence about its failure. */
  lastWordsMaxChars: 2_000,
  /** How long the guard of a killed owner waits for the kernel to let go of the directory's lock. */
  guardMaxMs: 30_000,
} as const
