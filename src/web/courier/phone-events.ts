/** What the phone tells the page by itself. */
export interface PhoneOwner {
  /** There may be a network again. */
  readonly hurried: () => void
  readonly cut: () => void
  readonly touched: () => void
}

const GOOD_TIMES = ['online', 'pageshow', 'focus'] as const

/** @returns what ends it. */
export function listenToPhone({ hurried, cut, touched }: PhoneOwner): () => void {
  const ending = new AbortController()
  const { signal } = ending
  for (const event of GOOD_TIMES) addEventListener(event, hurried, { signal })
  addEventListener('offline', cut, { signal })
  addEventListener('pointerdown', touched, { signal })
  return () => ending.abort()
}
