/** Keeps the screen on: a page that is not shown gets no positions. The browser lets go whenever the page is hidden. */
export class WakeLock {
  #lock: WakeLockSentinel | null = null
  #isWanted = false

  constructor() {
    document.addEventListener('visibilitychange', () => void this.#take())
  }

  want(isWanted: boolean): void {
    if (isWanted === this.#isWanted) return
    this.#isWanted = isWanted
    if (isWanted) void this.#take()
    else this.#release()
  }

  async #take(): Promise<void> {
    if (!this.#isWanted || this.#lock !== null || document.visibilityState !== 'visible' || !('wakeLock' in navigator))
      return
    try {
      const lock = await navigator.wakeLock.request('screen')
      this.#lock = lock
      lock.addEventListener('release', () => {
        if (this.#lock === lock) this.#lock = null
      })
      if (!this.#isWanted) this.#release()
    } catch {
      // The battery is low, or the system says no: the courier keeps the screen on by hand.
      this.#lock = null
    }
  }

  #release(): void {
    void this.#lock?.release()
    this.#lock = null
  }
}
