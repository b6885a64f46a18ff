/** A line of the log for people who look at a terminal. */
import type { LogEntry } from '../actors/runtime/log.ts'

const COLOURS: Readonly<Record<LogEntry['level'], number>> = { debug: 90, info: 32, warn: 33, error: 31 }

/** @param atMs  Unix time. */
export function prettyLine(sentence: string, { level, fields }: LogEntry, atMs: number): string {
  const time = new Date(atMs).toISOString().slice(11, 23)
  const { stack, ...others } = fields
  const told = Object.entries(others).map(([name, value]) => ` ${dim(`${name}=${value}`)}`)
  const trace = typeof stack === 'string' ? `\n${dim(stack)}` : ''
  return `${dim(time)} \x1b[${COLOURS[level]}m${level.padEnd(5)}\x1b[0m ${sentence}${told.join('')}${trace}\n`
}

function dim(text: string): string {
  return `\x1b[2m${text}\x1b[0m`
}
