/**
 * The types of the TypeScript client, made out of the OpenAPI document: an interface for each named schema, the parameters, body
 * and answer of each operation, and which of them take an idempotency key. What is written is erased before it runs, except
 * that last list.
 */
import { type OpenApi, type Operation, operationsOf, type Parameter } from './documents.ts'
import type { Schema } from './schema.ts'

const HEAD = `// Made out of /openapi.json by \`bun run client:types\`: not changed by hand.

type NoFields = Readonly<Record<never, never>>
`
const REF = '#/components/schemas/'
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/

export function clientTypes(document: OpenApi): string {
  const schemas = Object.entries(document.components.schemas).sort(byName)
  const operations = operationsOf(document).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  const codes = document.components.schemas.Problem?.properties?.code?.['x-extensible-enum'] ?? []
  return [
    HEAD,
    ...schemas.map(([name, schema]) => `export type ${name} = ${typeOf(schema)}\n`),
    '/** A later version may have others. */',
    `export type ProblemCode = ${codes.map(literal).join(' | ')}\n`,
    'export interface Operations {',
    ...operations.map(operationType),
    '}\n',
    '/** Those that take an `Idempotency-Key`. */',
    `export const IDEMPOTENT: ReadonlySet<keyof Operations> = new Set<keyof Operations>([`,
    ...operations.filter(isIdempotent).map(operation => `  ${literal(nameOf(operation))},`),
    '])',
    '',
  ].join('\n')
}

function operationType(operation: Operation): string {
  const { parameters, requestBody, summary } = operation
  const body = requestBody?.content['application/json']?.schema
  return [
    `  /** ${summary.replaceAll('*/', '* /')} */`,
    `  ${literal(nameOf(operation))}: {`,
    `    params: ${parametersType(parameters.filter(parameter => parameter.in === 'path'))}`,
    `    query: ${parametersType(parameters.filter(parameter => parameter.in === 'query'))}`,
    `    body: ${body === undefined ? 'undefined' : `${typeOf(body)}${requestBody?.required ? '' : ' | undefined'}`}`,
    `    answer: ${answerType(operation)}`,
    '  }',
  ].join('\n')
}

function parametersType(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return 'NoFields'
  return `{ ${parameters.map(({ name, required, schema }) => fieldType(name, required === true, schema)).join('; ')} }`
}

/** Of the answers that are no refusal. */
function answerType({ responses }: Operation): string {
  const good = Object.entries(responses).filter(([status]) => status.startsWith('2'))
  const types = good.flatMap(([, { content }]) =>
    content === undefined ? ['undefined'] : Object.values(content).map(({ schema }) => typeOf(schema ?? {})),
  )
  return [...new Set(types)].join(' | ')
}

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.slice(REF.length)
  if ('const' in schema) return literal(schema.const)
  if (schema.enum) return schema.enum.map(literal).join(' | ')
  if (schema.anyOf) return union(schema.anyOf.map(typeOf))
  if (schema.allOf) return schema.allOf.map(member => `(${typeOf(member)})`).join(' & ')
  switch (schema.type) {
    case 'object':
      return objectType(schema)
    case 'array':
      return `readonly (${typeOf(schema.items ?? {})})[]`
    case 'integer':
    case 'number':
      return 'number'
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type
    default:
      return 'unknown'
  }
}

function objectType({ properties = {}, patternProperties = {}, required = [] }: Schema): string {
  const fields = Object.entries(properties).map(([name, child]) => fieldType(name, required.includes(name), child))
  if (fields.length > 0) return `{ ${fields.join('; ')} }`
  const [values] = Object.values(patternProperties)
  return `Readonly<Record<string, ${values === undefined ? 'unknown' : typeOf(values)}>>`
}

function fieldType(name: string, isRequired: boolean, schema: Schema): string {
  const key = IDENTIFIER.test(name) ? name : literal(name)
  // Under exactOptionalPropertyTypes a caller could not pass on what it may not have.
  return isRequired ? `readonly ${key}: ${typeOf(schema)}` : `readonly ${key}?: ${union([typeOf(schema), 'undefined'])}`
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(' | ')
}

function literal(value: unknown): string {
  return typeof value === 'string'
    ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
    : JSON.stringify(value)
}

function nameOf({ method, path }: Operation): string {
  return `${method} ${path}`
}

function isIdempotent({ parameters }: Operation): boolean {
  return parameters.some(({ name }) => name === 'Idempotency-Key')
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}
