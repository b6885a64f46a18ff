/**
 * Runs seeds of the simulator until one fails; started in a scratch copy, so that what it imports is the mutant.
 *
 * Each seed is announced before it runs: whoever watches knows where it hung or crashed. Written with `writeSync`, since
 * a mutant that spins never lets a stream be flushed.
 */
import { writeSync } from 'node:fs'
import { runSeed } from '../simulator/run.ts'

const WHAT_MAX = 300

const [first = 1, count = 1] = process.argv.slice(2).map(Number)

function say(line: object): void {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

for (let seed = first; seed < first + count; seed++) {
  say({ seed })
  try {
    runSeed(seed)
  } catch (error) {
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    say({ failed: seed, what: what.slice(0, WHAT_MAX) })
    process.exit(1)
  }
}
say({ passed: count })
process.exit(0)
