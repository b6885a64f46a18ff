/** What somebody on this node wants to hear of, for those who can hear more than this node says: a gateway among others. */
export interface Interest {
  /** Counted: as many `unwatch` end it. A live topic, `phone:<driver>`, or `fixes:<driver>` for positions alone. */
  watch(topic: string): void
  unwatch(topic: string): void
  /** @returns once whatever is said of what is watched now is heard here: who reads after that misses nothing. */
  settled(): Promise<void>
}

export const NO_INTEREST: Interest = {
  watch: () => undefined,
  unwatch: () => undefined,
  settled: () => Promise.resolve(),
}
