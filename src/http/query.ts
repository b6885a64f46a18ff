/** Query parameters as typed values: numbers are read strictly, so that `NaN`, `Infinity` and `0x10` are none. */
import type { Static, TObject } from '@sinclair/typebox'
import { type FieldError, invalid } from './problem.ts'
import type { Checker } from './validate.ts'

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?$/

export function searchParams(request: Request): URLSearchParams {
  return new URLSearchParams(queryOf(request))
}

function queryOf({ url }: Request): string {
  const start = url.indexOf('?')
  return start === -1 ? '' : url.slice(start + 1)
}

/**
 * Parameters that the schema does not name are left alone: proxies and clients add their own.
 *
 * @throws {Refusal} `invalid`, naming each parameter.
 */
export function readQuery<T extends TObject>(check: Checker<T>, request: Request): Static<T> {
  const { properties } = check.schema
  const values: Record<string, string | number> = {}
  const repeated = new Set<string>()
  eachParameter(queryOf(request), (name, text) => {
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (schema === undefined) return
    if (Object.hasOwn(values, name)) repeated.add(name)
    else values[name] = isNumeric(schema) && DECIMAL.test(text) ? Number(text) : text
  })
  if (repeated.size > 0) throw invalid(givenTwice(properties, repeated))
  if (check.accepts(values)) return values
  throw invalid(check.errors(values))
}

/** In the order in which they are documented. */
function givenTwice(properties: TObject['properties'], repeated: ReadonlySet<string>): FieldError[] {
  return Object.keys(properties)
    .filter(name => repeated.has(name))
    .map(name => ({ path: `/${name}`, message: 'Given more than once' }))
}

/** Nothing in it is encoded: then its parts are what they say, and the platform's parser, which is five times as dear, is not asked. */
const PLAIN = /^[!-$&-*,-~]*$/

function eachParameter(query: string, take: (name: string, text: string) => void): void {
  if (!PLAIN.test(query)) {
    for (const [name, text] of new URLSearchParams(query)) take(name, text)
    return
  }
  for (let start = 0; start < query.length; ) {
    const next = query.indexOf('&', start)
    const end = next === -1 ? query.length : next
    const equals = query.indexOf('=', start)
    const nameEnd = equals === -1 || equals > end ? end : equals
    if (end > start) take(query.slice(start, nameEnd), query.slice(nameEnd + 1, end))
    start = end + 1
  }
}

function isNumeric(schema: TObject['properties'][string]): boolean {
  return schema.type === 'number' || schema.type === 'integer'
}
