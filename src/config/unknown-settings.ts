/** Names in the environment that look like settings and are none: a typo would otherwise leave the default in force without a word. */
import { SETTINGS } from './settings.ts'

const PREFIX = 'WAGGLE_'
/** Read by tests and benches, which run in the same shells. */
const OF_OTHERS: ReadonlySet<string> = new Set(['WAGGLE_DATA', 'WAGGLE_TEST_DATA', 'WAGGLE_SEED', 'WAGGLE_SEEDS'])

/** @returns a sentence for each. Values are not repeated: one may be a secret. */
export function unknownSettings(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = SETTINGS.map(setting => setting.name)
  return Object.keys(env)
    .filter(name => name.toUpperCase().startsWith(PREFIX) && !known.includes(name) && !OF_OTHERS.has(name))
    .sort()
    .map(name => `${name} is no setting and is ignored; the nearest one is ${nearest(name, known)}.`)
}

function nearest(name: string, known: readonly string[]): string {
  const [first = ''] = known.toSorted((a, b) => distance(bare(name), bare(a)) - distance(bare(name), bare(b)))
  return first
}

/** What all names share says nothing. */
function bare(name: string): string {
  return name.toUpperCase().replace(PREFIX, '')
}

/** How many letters must be added, taken out or changed (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      const changed = (row[j] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
