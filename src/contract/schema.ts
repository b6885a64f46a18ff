/**
 * JSON Schema as our documents use it, checked against a value. The documents are judged from outside by this: it knows
 * nothing of the library that the schemas were written with, so what that library leaves out of a document is missed here.
 */
export interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly format?: string
  /** Values that are known so far; others may come. */
  readonly 'x-extensible-enum'?: readonly string[]
}

export type Schemas = Readonly<Record<string, Schema>>

type Fields = Readonly<Record<string, unknown>>

const REF = '#/components/schemas/'
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/

/** @throws where the document names a schema that it does not have. */
export function resolved(schema: Schema, schemas: Schemas): Schema {
  if (schema.$ref === undefined) return schema
  const found = schemas[schema.$ref.slice(REF.length)]
  if (found === undefined) throw new Error(`the document has no ${schema.$ref}`)
  return resolved(found, schemas)
}

/** @returns what is wrong, each with its place as a JSON pointer; empty where the value fits. */
export function violations(schema: Schema, value: unknown, schemas: Schemas, at = ''): string[] {
  const its = resolved(schema, schemas)
  const wrong = (what: string) => [`${at || '/'} ${what}`]
  if ('const' in its && its.const !== value) return wrong(`is not ${JSON.stringify(its.const)}`)
  if (its.enum && !its.enum.includes(value)) return wrong('is none of the enum')
  if (its.anyOf) {
    const each = its.anyOf.map(member => violations(member, value, schemas, at))
    // The member that comes closest says most.
    if (!each.some(found => found.length === 0))
      return each.sort((a, b) => a.length - b.length)[0] ?? wrong('fits none')
  }
  const ofAll = (its.allOf ?? []).flatMap(member => violations(member, value, schemas, at))
  if (ofAll.length > 0) return ofAll
  if (its.type !== undefined && !isOfType(its.type, value)) return wrong(`is no ${its.type}`)
  if (typeof value === 'string') return textViolation(its, value).flatMap(wrong)
  if (typeof value === 'number') return numberViolation(its, value).flatMap(wrong)
  if (Array.isArray(value)) return listViolations(its, value, schemas, at)
  return isFields(value) ? fieldViolations(its, value, schemas, at) : []
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case 'object':
      return isFields(value)
    case 'array':
      return Array.isArray(value)
    case 'integer':
      return Number.isInteger(value)
    case 'number':
      return Number.isFinite(value)
    case 'null':
      return value === null
    default:
      return typeof value === type
  }
}

function textViolation(schema: Schema, value: string): string[] {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern, format } = schema
  if (value.length < minLength) return [`has fewer than ${minLength} characters`]
  if (value.length > maxLength) return [`has more than ${maxLength} characters`]
  if (pattern !== undefined && !new RegExp(pattern).test(value)) return [`does not fit ${pattern}`]
  if (format === 'date-time' && !(INSTANT.test(value) && Number.isFinite(Date.parse(value)))) return ['is no time']
  if (format === 'text' && !(value.isWellFormed() && !value.includes('\u0000'))) return ['is no text']
  return []
}

function numberViolation(schema: Schema, value: number): string[] {
  const { minimum = -Infinity, maximum = Infinity, exclusiveMinimum, exclusiveMaximum } = schema
  if (value < minimum) return [`is less than ${minimum}`]
  if (value > maximum) return [`is more than ${maximum}`]
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return [`is not more than ${exclusiveMinimum}`]
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) return [`is not less than ${exclusiveMaximum}`]
  return []
}

function listViolations(schema: Schema, value: readonly unknown[], schemas: Schemas, at: string): string[] {
  const { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema
  if (value.length < minItems) return [`${at || '/'} has fewer than ${minItems} items`]
  if (value.length > maxItems) return [`${at || '/'} has more than ${maxItems} items`]
  if (schema.uniqueItems && new Set(value.map(item => JSON.stringify(item))).size < value.length) {
    return [`${at || '/'} has an item twice`]
  }
  return items === undefined ? [] : value.flatMap((item, i) => violations(items, item, schemas, `${at}/${i}`))
}

function fieldViolations(schema: Schema, value: Fields, schemas: Schemas, at: string): string[] {
  const missing = (schema.required ?? [])
    .filter(name => !Object.hasOwn(value, name))
    .map(name => `${at}/${name} is missing`)
  const wrong = Object.entries(value).flatMap(([name, child]) => {
    const its = childSchema(schema, name)
    if (its === true) return []
    return its === false ? [`${at}/${name} is not known`] : violations(its, child, schemas, `${at}/${name}`)
  })
  return [...missing, ...wrong]
}

function childSchema(schema: Schema, name: string): Schema | boolean {
  const { properties = {}, patternProperties = {}, additionalProperties = true } = schema
  // Own ones: a field called `constructor` is none of ours.
  if (Object.hasOwn(properties, name)) return properties[name] ?? true
  const byPattern = Object.entries(patternProperties).find(([pattern]) => new RegExp(pattern).test(name))
  return byPattern === undefined ? additionalProperties : byPattern[1]
}
