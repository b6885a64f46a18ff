/** How the text of one setting becomes a value. Whatever is not understood stops the start with a sentence that names it. */
import { ConfigError } from './config-error.ts'
import { type Environment, settingText } from './settings.ts'

export interface SettingReader {
  /** Empty where it is not set and has no default. */
  readonly text: (name: string) => string
  readonly whole: (name: string, min: number, max: number) => number
  /** Given in seconds, fractions too; in milliseconds. */
  readonly secondsMs: (name: string, min: number, max: number) => number
  readonly flag: (name: string) => boolean
  readonly oneOf: <T extends string>(name: string, allowed: readonly T[]) => T
  /** Null where it is not set. */
  readonly url: (name: string, protocols: readonly string[]) => string | null
}

export function settingReader(env: Environment): SettingReader {
  const text = (name: string): string => settingText(env, name)
  const oneOf = <T extends string>(name: string, allowed: readonly T[]): T => oneOfThem(name, text(name), allowed)
  return {
    text,
    whole: (name, min, max) => wholeNumber(name, text(name), min, max),
    secondsMs: (name, min, max) => number(name, text(name), min, max) * 1_000,
    flag: name => oneOf(name, ['true', 'false']) === 'true',
    oneOf,
    url: (name, protocols) => url(name, text(name), protocols),
  }
}

function number(name: string, value: string, min: number, max: number): number {
  const parsed = Number(value)
  if (!/^\d+(\.\d+)?$/.test(value) || parsed < min || parsed > max) {
    throw new ConfigError(`${name} must be a number from ${min} to ${max}, not "${value}".`)
  }
  return parsed
}

export function wholeNumber(name: string, value: string, min: number, max: number): number {
  const parsed = Number(value)
  if (!/^\d+$/.test(value) || parsed < min || parsed > max) {
    throw new ConfigError(`${name} must be a whole number from ${min} to ${max}, not "${value}".`)
  }
  return parsed
}

function oneOfThem<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find(a => a === value)
  if (found === undefined) throw new ConfigError(`${name} must be ${allowed.join(' or ')}, not "${value}".`)
  return found
}

function url(name: string, value: string, protocols: readonly string[]): string | null {
  if (value === '') return null
  if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol)) {
    throw new ConfigError(`${name} must be a URL that begins with ${protocols.map(p => `${p}//`).join(' or ')}.`)
  }
  return value
}
