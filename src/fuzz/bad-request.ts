/**
 * A request that the document does not allow, drawn from it. One thing is wrong with it, and that is certain: a spoiled body or
 * query is sent only where the documented schema refuses it. What is left of the request is as it should be.
 */
import type { Operation } from '../contract/documents.ts'
import { type Schema, type Schemas, violations } from '../contract/schema.ts'
import type { Draw } from './draw.ts'
import { sample } from './sample.ts'
import { broken, spoiled } from './spoil.ts'

export interface BadRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer>
  /** What is wrong with it. */
  readonly fault: string
  /** Where, as the refusal is to name it; left out where it is nowhere in particular. */
  readonly places?: readonly string[]
  /** Null: it is at no operation. */
  readonly operation: Operation | null
}

type Fault = (operation: Operation, plan: Plan) => BadRequest | null

export interface Plan {
  readonly operations: readonly Operation[]
  readonly schemas: Schemas
  readonly token: string
  readonly draw: Draw
  /** Of objects that are there, by the name that they have in paths. */
  readonly ids: Readonly<Record<string, string>>
}

const TRIES_MAX = 50
const JSON_TYPE = 'application/json'
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
const ODD_IDS = [
  '__proto__',
  'constructor',
  '%00',
  '%F0%9F%92%A9',
  'x'.repeat(300),
  '-1',
  '%2e%2e%2f',
  'NaN',
  '%zz',
  'ord_',
  "';--",
]
const MAY_BE_AN_ID = /^[A-Za-z0-9_-]{1,64}$/
const ODD_TEXTS = [
  '',
  'NaN',
  '-1',
  '1e999',
  '0x10',
  '%00',
  '%F0%9F%92%A9',
  'x'.repeat(2_000),
  'null',
  '[object%20Object]',
  '%ff',
  '1,2',
]
const OTHER_TYPES = [
  'text/plain',
  'application/xml',
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
  'json',
  '',
]
/** Above every limit of a body. */
const TOO_MANY_BYTES = 1_100_000

/** @throws where the document has no operation with which anything could be wrong. */
export function badRequest(plan: Plan): BadRequest {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const made = plan.draw.of(FAULTS)(plan.draw.of(plan.operations), plan)
    if (made !== null) return made
  }
  return unknownPath(plan.draw.of(plan.operations), plan)
}

function spoiledBody(operation: Operation, plan: Plan): BadRequest | null {
  const schema = bodyOf(operation)
  if (schema === null) return null
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const body = spoiled(sample(schema, plan.schemas, plan.draw), plan.draw)
    const wrong = violations(schema, JSON.parse(body), plan.schemas)
    if (wrong.length === 0) continue
    const places = wrong.map(what => what.split(' ', 1)[0] ?? '')
    return { ...withBody(operation, plan, body), fault: `body: ${wrong[0]}`, places }
  }
  return null
}

function brokenBody(operation: Operation, plan: Plan): BadRequest | null {
  const schema = bodyOf(operation)
  if (schema === null) return null
  const body = broken(JSON.stringify(sample(schema, plan.schemas, plan.draw)), plan.draw)
  // None at all is right where it may be left out.
  if (body === '' && operation.requestBody?.required !== true) return null
  return { ...withBody(operation, plan, body), fault: 'a body that is no JSON' }
}

function wrongType(operation: Operation, plan: Plan): BadRequest | null {
  if (bodyOf(operation) === null) return null
  const type = plan.draw.of(OTHER_TYPES)
  const request = withBody(operation, plan, '{}')
  return { ...request, headers: { ...request.headers, 'content-type': type }, fault: `content type "${type}"` }
}

function tooLarge(operation: Operation, plan: Plan): BadRequest | null {
  // Seldom: a megabyte each.
  if (bodyOf(operation) === null || !plan.draw.chance(0.02)) return null
  return {
    ...withBody(operation, plan, JSON.stringify({ x: 'x'.repeat(TOO_MANY_BYTES) })),
    fault: 'a body of a megabyte',
  }
}

function spoiledQuery(operation: Operation, plan: Plan): BadRequest | null {
  const declared = operation.parameters.filter(parameter => parameter.in === 'query')
  if (declared.length === 0) return null
  const { name, schema } = plan.draw.of(declared)
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const text = plan.draw.of(ODD_TEXTS)
    if (!refusesText(schema, text, plan.schemas)) continue
    const rest = declared.filter(other => other.required && other.name !== name)
    const others = rest.map(
      other => `&${other.name}=${encodeURIComponent(`${sample(other.schema, plan.schemas, plan.draw)}`)}`,
    )
    return {
      ...plain(operation, plan),
      path: `${pathOf(operation, plan)}?${name}=${text}${others.join('')}`,
      fault: `?${name}=${text.slice(0, 40)}`,
    }
  }
  return null
}

/** Of a number whatever reads as none, too: text is all that a query has. */
function refusesText(schema: Schema, text: string, schemas: Schemas): boolean {
  const isNumber = schema.type === 'number' || schema.type === 'integer'
  const said = new URLSearchParams(`x=${text}`).get('x') ?? ''
  if (isNumber && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(said)) return true
  return violations(schema, isNumber ? Number(said) : said, schemas).length > 0
}

function oddId(operation: Operation, plan: Plan): BadRequest | null {
  // With a body or a query that is right it would be no bad request.
  if (!operation.path.includes('{') || bodyOf(operation) !== null) return null
  // One that may be somebody's has an empty list, and is no error.
  const isList = operation.parameters.some(({ name }) => name === 'cursor')
  const id = plan.draw.of(isList ? ODD_IDS.filter(odd => !MAY_BE_AN_ID.test(odd)) : ODD_IDS)
  return {
    ...plain(operation, plan),
    path: operation.path.replaceAll(/\{[a-z_]+\}/g, id),
    fault: `the id ${id.slice(0, 40)}`,
  }
}

function wrongKey(operation: Operation, plan: Plan): BadRequest | null {
  if (operation.security.length === 0) return null
  const authorization = plan.draw.of([
    '',
    'Bearer',
    'Bearer x',
    `Bearer ${'x'.repeat(2_000)}`,
    'Basic eDp5',
    `Bearer ${plan.token}x`,
    'Bearer a.b.c',
  ])
  return {
    ...plain(operation, plan),
    headers: { authorization },
    fault: `authorization "${authorization.slice(0, 40)}"`,
  }
}

function wrongIdempotencyKey(operation: Operation, plan: Plan): BadRequest | null {
  if (!operation.parameters.some(({ name }) => name === 'Idempotency-Key')) return null
  const request = withBody(operation, plan, '{"unknown":1}')
  return {
    ...request,
    headers: { ...request.headers, 'idempotency-key': 'k'.repeat(256) },
    fault: 'an idempotency key of 256 characters',
  }
}

function wrongMethod(operation: Operation, plan: Plan): BadRequest | null {
  const taken = plan.operations.filter(other => fits(other.path, operation.path)).map(({ method }) => method)
  const left = METHODS.filter(method => !taken.includes(method))
  if (left.length === 0) return null
  const method = plan.draw.of(left)
  return { ...plain(operation, plan), method, fault: `the method ${method}`, operation: null }
}

function unknownPath(operation: Operation, plan: Plan): BadRequest {
  const path = `${operation.path.replaceAll(/\{[a-z_]+\}/g, 'x')}/${plan.draw.of(['nothing', '__proto__', '%00', '..%2f', 'é', '{x}'])}/there`
  return { ...plain(operation, plan), path, fault: 'an unknown path', operation: null }
}

/** Those of bodies several times: there is most to get wrong. */
const FAULTS: readonly Fault[] = [
  ...new Array<Fault>(6).fill(spoiledBody),
  ...new Array<Fault>(3).fill(spoiledQuery),
  brokenBody,
  wrongType,
  tooLarge,
  oddId,
  wrongKey,
  wrongIdempotencyKey,
  wrongMethod,
  unknownPath,
]

function plain(operation: Operation, plan: Plan): Omit<BadRequest, 'fault'> {
  const headers = { authorization: `Bearer ${plan.token}` }
  return { method: operation.method, path: pathOf(operation, plan), headers, operation }
}

function withBody(operation: Operation, plan: Plan, body: string | Uint8Array<ArrayBuffer>): Omit<BadRequest, 'fault'> {
  const request = plain(operation, plan)
  return { ...request, headers: { ...request.headers, 'content-type': JSON_TYPE }, body }
}

/** Mostly of what is there: of anything else nothing but its absence is looked at. */
function pathOf({ path }: Operation, { draw, ids }: Plan): string {
  return path.replaceAll(/\{([a-z_]+)\}/g, (_, name: string) => {
    const known = ids[name]
    return known !== undefined && draw.chance(0.9) ? known : `fuzz_${draw.below(100)}`
  })
}

function bodyOf({ requestBody }: Operation): Schema | null {
  return requestBody?.content[JSON_TYPE]?.schema ?? null
}

/** Whether a path of that pattern may be one of this: `/v1/drivers/nearby` is one of `/v1/drivers/{driver_id}`. */
function fits(pattern: string, path: string): boolean {
  const source = pattern.replaceAll(/\{[a-z_]+\}/g, '[^/]+').replaceAll('.', '\\.')
  return new RegExp(`^${source}$`).test(path)
}
