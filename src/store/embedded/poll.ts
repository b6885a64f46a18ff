/**
 * Asks until the answer is not undefined.
 *
 * @returns undefined when the time is over. Asks at least once.
 */
export async function poll<T>(
  limit: { readonly forMs: number; readonly everyMs: number },
  ask: () => Promise<T | undefined> | T | undefined,
): Promise<T | undefined> {
  const endsAtMs = performance.now() + limit.forMs
  while (true) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() >= endsAtMs) return undefined
    await Bun.sleep(limit.everyMs)
  }
}
