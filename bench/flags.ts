/** Reading a bench's flags: strict, and each refusal names the flag. */
import { parseArgs } from 'node:util'

export class FlagError extends Error {
  override readonly name = 'FlagError'
}

export interface Range {
  readonly min: number
  readonly max: number
  readonly whole?: true
}

export type FlagValues = Readonly<Record<string, string | undefined>>

/** @param names  of flags that take a value. @throws {FlagError} an unknown flag, or one without its value. */
export function readFlags(argv: readonly string[], names: readonly string[]): FlagValues {
  const options = Object.fromEntries(names.map(name => [name, { type: 'string' as const }]))
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values
  } catch (cause) {
    throw new FlagError(cause instanceof Error ? cause.message : 'the flags cannot be read', { cause })
  }
}

/** @throws {FlagError} */
export function numberFlag(values: FlagValues, name: string, fallback: number, range: Range): number {
  const text = values[name]
  if (text === undefined) return fallback
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (value >= range.min && value <= range.max && (range.whole !== true || Number.isInteger(value))) return value
  const kind = range.whole === true ? 'a whole number' : 'a number'
  throw new FlagError(`--${name} must be ${kind} from ${range.min} to ${range.max}, not "${text}"`)
}

/** @throws {FlagError} */
export function choiceFlag<T extends string>(
  values: FlagValues,
  name: string,
  fallback: T | null,
  choices: readonly T[],
): T {
  const text = values[name] ?? fallback
  const found = choices.find(choice => choice === text)
  if (found === undefined) throw new FlagError(`--${name} must be one of ${choices.join(', ')}, not "${text ?? ''}"`)
  return found
}

/** @throws {FlagError} */
export function requiredFlag(values: FlagValues, name: string): string {
  const text = values[name]
  if (text === undefined || text === '') throw new FlagError(`--${name} is needed`)
  return text
}
