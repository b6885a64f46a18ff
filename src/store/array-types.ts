/**
 * Arrays as parameters and in answers, for postgres.js.
 *
 * By itself the client reads the server's array types with a query of its own (`fetch_types`) whenever it opens a connection, and
 * nobody takes that query's failure: a server that dies in that moment, and is not there when the client connects again, ends the
 * process with an unhandled rejection. So it is told not to ask, and what it would learn stands here: types that Postgres brings along have
 * numbers that never change. Arrays of one dimension are all that is used. One of a type that is not named here goes out as the
 * text `a,b`, which the server refuses.
 */

interface ArrayType {
  readonly to: number
  readonly from: number[]
  readonly serialize: (values: unknown) => unknown
  readonly parse: (text: string) => unknown[]
}

type Parse = (text: string) => unknown

/** Of `pg_type`, by the type of their elements. */
const OIDS = {
  name: 1003,
  smallint: 1005,
  integer: 1007,
  text: 1009,
  bigint: 1016,
  real: 1021,
  double: 1022,
  timestamptz: 1185,
} as const

const asText: Parse = text => text
const asInstant: Parse = text => new Date(text)

/** @param asBigint  as of a column of that type. */
export function arrayTypes(asBigint: Parse): Readonly<Record<string, ArrayType>> {
  return {
    names: arrayOf(OIDS.name, asText),
    smallints: arrayOf(OIDS.smallint, Number),
    integers: arrayOf(OIDS.integer, Number),
    texts: arrayOf(OIDS.text, asText),
    bigints: arrayOf(OIDS.bigint, asBigint),
    reals: arrayOf(OIDS.real, Number),
    doubles: arrayOf(OIDS.double, Number),
    instants: arrayOf(OIDS.timestamptz, asInstant),
  }
}

function arrayOf(oid: number, parse: Parse): ArrayType {
  return {
    to: oid,
    from: [oid],
    serialize: values => (Array.isArray(values) ? arrayLiteral(values) : values),
    parse: text => elementsOf(text).map(element => (element === null ? null : parse(element))),
  }
}

function arrayLiteral(values: readonly unknown[]): string {
  return `{${values.map(elementLiteral).join(',')}}`
}

/** All in quotes: what is in them needs no other care. */
function elementLiteral(value: unknown): string {
  if (value === null) return 'null'
  if (value === undefined) throw new TypeError('An array for the record has an element that is undefined.')
  const text = value instanceof Date ? value.toISOString() : String(value)
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** `{a,"b \"c\"",NULL}`, as the server writes it. */
const ELEMENT = /"((?:[^"\\]|\\.)*)"|([^,{}"]+)/gs

function elementsOf(text: string): (string | null)[] {
  return [...text.matchAll(ELEMENT)].map(([plain, quoted]) => {
    if (quoted !== undefined) return quoted.replaceAll(/\\(.)/gs, '$1')
    return plain === 'NULL' ? null : plain
  })
}
