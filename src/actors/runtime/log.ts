/**
 * What an operator reads. A port: where lines go and how they look is for whoever wires a node.
 *
 * A log is called with a sentence, as any `(sentence) => void`; its methods say how bad it is. Fields are for machines: ids of
 * ours, counts, names of routes. Never a body, a state, a path with its parameters or who somebody is: the log is read by
 * people who may not know that, and is kept where nobody deletes it.
 */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const

export type LogLevel = (typeof LOG_LEVELS)[number]

export type LogFields = Readonly<Record<string, string | number | boolean | null>>

export interface LogEntry {
  readonly level: LogLevel
  readonly fields: LogFields
}

export type LogSink = (sentence: string, entry: LogEntry) => void

type Say = (sentence: string, fields?: LogFields) => void

export interface Log {
  /** As `info`. */
  (sentence: string, fields?: LogFields): void
  readonly debug: Say
  readonly info: Say
  readonly warn: Say
  readonly error: Say
  readonly at: LogSink
  /** So that nobody makes up what nobody reads. */
  isOn(level: LogLevel): boolean
}

/** @param least  what is less bad than this is not said. */
export function logTo(sink: LogSink, least: LogLevel = 'info'): Log {
  const isOn = (level: LogLevel) => LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least)
  const at: LogSink = (sentence, entry) => {
    if (isOn(entry.level)) sink(sentence, entry)
  }
  const sayer =
    (level: LogLevel): Say =>
    (sentence, fields = {}) =>
      at(sentence, { level, fields })
  const [debug, info, warn, error] = [sayer('debug'), sayer('info'), sayer('warn'), sayer('error')]
  return Object.assign((sentence: string, fields?: LogFields) => info(sentence, fields), {
    debug,
    info,
    warn,
    error,
    at,
    isOn,
  })
}
