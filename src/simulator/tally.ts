/** What a run has met, and how often: a run that met nothing proves nothing. */
export class Tally {
  readonly counts: Record<string, number> = {}

  count(what: string, times = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + times
  }

  add(other: Readonly<Record<string, number>>): void {
    for (const [what, times] of Object.entries(other)) this.count(what, times)
  }
}
