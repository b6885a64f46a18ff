/** The log of a process: JSON lines on standard error, by pino; on a terminal for people to read. */
import pino from 'pino'
import type { LogEntry, LogSink } from '../actors/runtime/log.ts'
import { BoundedOutput } from './bounded-output.ts'
import { prettyLine } from './pretty-line.ts'
import { type Scrub, scrubber } from './scrub.ts'

/** Some thousand lines. */
const WAITING_CHARS_MAX = 1_048_576

/** Named so, a field is a mistake, whatever is in it. */
const NEVER_LOGGED = [
  ...['authorization', 'cookie', 'token', 'secret', 'password', 'api_key', 'admin_key', 'pin'],
  ...['name', 'phone', 'email', 'address', 'notes', 'items', 'latitude', 'longitude', 'body'],
]

export interface LogOptions {
  /** With each line. */
  readonly fields: LogEntry['fields']
  readonly secrets: readonly string[]
  readonly output: { write(line: string): unknown }
}

/** For tests and other outputs; see {@link openLog}. */
function jsonLines({ fields, secrets, output }: LogOptions): LogSink {
  const scrub = scrubber(secrets)
  const lines = pino(
    {
      // Whoever logs has looked already.
      level: 'debug',
      base: fields,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      redact: { paths: NEVER_LOGGED, censor: '…' },
    },
    output,
  )
  return (sentence, entry) => lines[entry.level](scrubbed(entry.fields, scrub), scrub(sentence))
}

function scrubbed(fields: LogEntry['fields'], scrub: Scrub): LogEntry['fields'] {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? scrub(value) : value]),
  )
}

function prettyLines({ secrets, output }: LogOptions): LogSink {
  const scrub = scrubber(secrets)
  return (sentence, { level, fields }) =>
    output.write(prettyLine(scrub(sentence), { level, fields: scrubbed(fields, scrub) }, Date.now()))
}

/** The log of this process, on its standard error. */
export function openLog(options: Omit<LogOptions, 'output'>): LogSink {
  if (process.stderr.isTTY) return prettyLines({ ...options, output: process.stderr })
  const output = new BoundedOutput(process.stderr, WAITING_CHARS_MAX)
  const say = jsonLines({ ...options, output })
  return (sentence, entry) => {
    const dropped = output.takeDropped()
    if (dropped > 0) say(`${dropped} lines of the log were dropped: nobody took them`, { level: 'warn', fields: {} })
    say(sentence, entry)
  }
}
