/**
 * Latencies in logarithmic buckets: constant memory, quantiles within 1 %, and histograms of several connections or
 * rounds can be merged, which averages of percentiles cannot.
 */
const GROWTH = 1.02
const LOG_GROWTH = Math.log(GROWTH)
/** Everything up to this falls into the first bucket. */
const FLOOR_MS = 0.001
/** An hour: whatever took longer counts as an hour in the quantiles (the maximum stays exact). */
const CEILING_MS = 3_600_000
const BUCKETS = Math.ceil(Math.log(CEILING_MS / FLOOR_MS) / LOG_GROWTH) + 1

export class Histogram {
  private readonly counts = new Float64Array(BUCKETS)
  private total = 0
  private sumMs = 0
  private largestMs = 0

  /** @param weight how many events took this long: a frame of 40 positions records 40. */
  record(valueMs: number, weight = 1): void {
    if (!Number.isFinite(valueMs)) throw new RangeError(`a latency must be a finite number, not ${valueMs}`)
    const value = Math.max(0, valueMs)
    const bucket = bucketOf(value)
    this.counts[bucket] = (this.counts[bucket] ?? 0) + weight
    this.total += weight
    this.sumMs += value * weight
    if (value > this.largestMs) this.largestMs = value
  }

  get count(): number {
    return this.total
  }

  get meanMs(): number {
    return this.total === 0 ? 0 : this.sumMs / this.total
  }

  get maxMs(): number {
    return this.largestMs
  }

  /** @returns the value that a share `q` of the events did not exceed; 0 where nothing was recorded. */
  quantile(q: number): number {
    const rank = Math.max(1, Math.ceil(q * this.total))
    let seen = 0
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.counts[bucket] ?? 0
      if (seen >= rank) return Math.min(middleMs(bucket), this.largestMs)
    }
    return 0
  }

  merge(other: Histogram): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      this.counts[bucket] = (this.counts[bucket] ?? 0) + (other.counts[bucket] ?? 0)
    }
    this.total += other.total
    this.sumMs += other.sumMs
    this.largestMs = Math.max(this.largestMs, other.largestMs)
  }

  clear(): void {
    this.counts.fill(0)
    this.total = 0
    this.sumMs = 0
    this.largestMs = 0
  }
}

function bucketOf(valueMs: number): number {
  if (valueMs <= FLOOR_MS) return 0
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(valueMs / FLOOR_MS) / LOG_GROWTH))
}

function middleMs(bucket: number): number {
  return FLOOR_MS * GROWTH ** (bucket - 0.5)
}
