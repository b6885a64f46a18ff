/**
 * Small costs, measured by turns: a round of each after the other, so that a noisy neighbour meets all, and the median of the
 * rounds. Counted in CPU time of this process, which a busy machine bends less than the clock. A closed loop: what is asked
 * here is what a thing costs, not how long somebody waits for it.
 */
export interface Cost {
  /** CPU per operation, nanoseconds. */
  readonly cpuNs: number
  /** By the clock, what one thread does in a second. */
  readonly perS: number
}

export interface Work {
  /** Does so many operations, or about as many. @returns how many. */
  run(operations: number): number | Promise<number>
}

export interface Rounds {
  readonly rounds: number
  readonly operations: number
}

const WARM_ROUNDS = 2

export async function costsByTurns<K extends string>(
  works: Readonly<Record<K, Work>>,
  { rounds, operations }: Rounds,
): Promise<Record<K, Cost>> {
  const names = Object.keys(works) as K[]
  const seen = new Map<K, Cost[]>(names.map(name => [name, []]))
  for (let round = -WARM_ROUNDS; round < rounds; round++) {
    for (const name of names) {
      const cost = await timed(works[name], operations)
      if (round >= 0) seen.get(name)?.push(cost)
    }
  }
  return Object.fromEntries(names.map(name => [name, medianOf(seen.get(name) ?? [])])) as Record<K, Cost>
}

async function timed(work: Work, operations: number): Promise<Cost> {
  const beganMs = performance.now()
  const before = process.cpuUsage()
  const done = await work.run(operations)
  const { user, system } = process.cpuUsage(before)
  return { cpuNs: ((user + system) * 1_000) / done, perS: (done / (performance.now() - beganMs)) * 1_000 }
}

function medianOf(costs: readonly Cost[]): Cost {
  const middle = (of: (cost: Cost) => number): number =>
    Math.round(costs.map(of).sort((a, b) => a - b)[costs.length >> 1] ?? 0)
  return { cpuNs: middle(cost => cost.cpuNs), perS: middle(cost => cost.perS) }
}

/** As figures of a bench. */
export function costFigures(costs: Readonly<Record<string, Cost>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(costs).flatMap(([name, { cpuNs, perS }]) => [
      [`${name}_cpu_ns`, cpuNs],
      [`${name}_per_s`, perS],
    ]),
  )
}
