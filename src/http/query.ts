/** Query parameters as typed values: numbers are read strictly, so that `NaN`, `Infinity` and `0x10` are none. */
import type { Static, TObject } from '@sinclair/typebox'
import { type FieldError, invalid } from './problem.ts'
import type { Checker } from './validate.ts'

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?$/

export function searchParams(request: Request): URLSearchParams {
  const start = request.url.indexOf('?')
  return new URLSearchParams(start === -1 ? '' : request.url.slice(start + 1))
}

/**
 * Parameters that the schema does not name are left alone: proxies and clients add their own.
 *
 * @throws {Refusal} `invalid`, naming each parameter.
 */
export function readQuery<T extends TObject>(check: Checker<T>, request: Request): Static<T> {
  const given = searchParams(request)
  const values: Record<string, string | number> = {}
  const errors: FieldError[] = []
  for (const [name, schema] of Object.entries(check.schema.properties)) {
    const texts = given.getAll(name)
    const text = texts[0]
    if (text === undefined) continue
    if (texts.length > 1) errors.push({ path: `/${name}`, message: 'Given more than once' })
    values[name] = isNumeric(schema) && DECIMAL.test(text) ? Number(text) : text
  }
  if (errors.length > 0) throw invalid(errors)
  if (check.accepts(values)) return values
  throw invalid(check.errors(values))
}

function isNumeric(schema: TObject['properties'][string]): boolean {
  return schema.type === 'number' || schema.type === 'integer'
}
