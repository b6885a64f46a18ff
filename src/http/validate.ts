/** Checks input against a compiled schema and names every field that is wrong. */
import type { Static, TSchema } from '@sinclair/typebox'
import { TypeCompiler, type ValueError, ValueErrorType } from '@sinclair/typebox/compiler'
import { type FieldError, invalid } from './problem.ts'

/** A caller who gets everything wrong is told the first few. */
const ERRORS_MAX = 20

/** A schema, compiled once at start. */
export interface Checker<T extends TSchema> {
  readonly schema: T
  readonly accepts: (value: unknown) => value is Static<T>
  /** Empty where the value is right. */
  readonly errors: (value: unknown) => FieldError[]
}

export function checker<T extends TSchema>(schema: T): Checker<T> {
  const compiled = TypeCompiler.Compile(schema)
  return {
    schema,
    accepts: (value): value is Static<T> => compiled.Check(value),
    errors: value => fieldErrors(compiled.Errors(value)),
  }
}

/** @throws {Refusal} `invalid`, naming each field. */
export function checked<T extends TSchema>(check: Checker<T>, value: unknown): Static<T> {
  if (check.accepts(value)) return value
  throw invalid(check.errors(value))
}

function fieldErrors(found: Iterable<ValueError>): FieldError[] {
  const byPath = new Map<string, FieldError>()
  for (const error of found) {
    if (byPath.size >= ERRORS_MAX) break
    for (const { path, message } of innermost(error)) if (!byPath.has(path)) byPath.set(path, { path, message })
  }
  return [...byPath.values()]
}

/**
 * An optional field is a union with null, of which the library only says that no member fits. The errors of the first
 * member are what the caller needs: "expected number to be less or equal to 90".
 */
function innermost(error: ValueError): FieldError[] {
  const path = error.path === '' ? '/' : error.path
  if (error.type !== ValueErrorType.Union) return [{ path, message: messageOf(error) }]
  const members: readonly TSchema[] = error.schema.anyOf
  if (members.every(member => 'const' in member)) {
    return [{ path, message: `Expected one of ${members.map(member => member.const).join(', ')}` }]
  }
  const inner = error.errors[0]
  const nested = inner ? [...inner].flatMap(innermost) : []
  return nested.length > 0 ? nested : [{ path, message: error.message }]
}

function messageOf(error: ValueError): string {
  if (error.type === ValueErrorType.ObjectAdditionalProperties) return 'Unknown field'
  if (error.type === ValueErrorType.ObjectRequiredProperty) return 'Required'
  if (error.type === ValueErrorType.StringFormat && error.schema.format === 'date-time') {
    return 'Expected an RFC 3339 time with Z or an offset, such as 2026-01-31T12:00:00Z'
  }
  if (error.type === ValueErrorType.StringFormat) return 'Expected well-formed Unicode text without NUL'
  return error.message
}
