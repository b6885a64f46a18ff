const POLL_MS = 5

/** Waits for what a test cannot be told of. @throws where it does not come to pass in time. */
export async function until(
  come: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs: number = 10_000,
): Promise<void> {
  const end = Date.now() + timeoutMs
  while (!(await come())) {
    if (Date.now() > end) throw new Error(`in ${timeoutMs} ms it did not come to pass that ${what}`)
    await Bun.sleep(POLL_MS)
  }
}
