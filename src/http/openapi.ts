/** The OpenAPI 3.1 document, made out of the endpoints themselves. A schema with an `$id` becomes a component of that name. */
import type { TObject, TSchema } from '@sinclair/typebox'
import { ROLES } from './access/principal.ts'
import { type AccessRule, reachOf, ruleOf } from './access/table.ts'
import type { Endpoint, Operation } from './endpoint.ts'
import { PROBLEM_CODES, type ProblemCode, statusOfCode, titleOfCode } from './problem.ts'
import { type Doc, plain } from './schema-doc.ts'

const PROBLEM_TYPE = 'application/problem+json'
const NO_CONTENT = 204
/** Of every answer. */
const HEADERS = {
  'X-Request-Id': { required: true, schema: { type: 'string' }, description: 'The request’s own, or a new one.' },
}
const RETRY_AFTER = {
  'Retry-After': { required: true, schema: { type: 'string', pattern: '^[0-9]+$' }, description: 'Seconds.' },
}
const WWW_AUTHENTICATE = { 'WWW-Authenticate': { required: true, schema: { type: 'string' } } }
/** What any request with a key, and any with a body, may be refused with. */
const OF_KEYED: readonly ProblemCode[] = [
  'unauthorized',
  'forbidden',
  'issuer_unavailable',
  'record_unavailable',
  'rate_limited',
]
/** Another's is not found. */
const OF_OBJECTS: readonly ProblemCode[] = ['not_found']
const OF_BODIES: readonly ProblemCode[] = ['malformed', 'too_large', 'unsupported_media_type', 'invalid']
const OF_IDEMPOTENT: readonly ProblemCode[] = ['idempotency_in_progress', 'idempotency_mismatch']
const OF_QUERIES: readonly ProblemCode[] = ['invalid']

const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'RFC 9457. `code` is stable; clients decide on it.',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', 'x-extensible-enum': PROBLEM_CODES },
    request_id: { type: 'string', description: 'That of the answer’s `X-Request-Id`; the log has it, too.' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
}

export function openApi(endpoints: readonly Endpoint[], version: string): Doc {
  const schemas: Doc = { Problem: PROBLEM_SCHEMA }
  const paths: Record<string, Doc> = {}
  for (const endpoint of endpoints) {
    const path = paths[endpoint.path] ?? {}
    path[endpoint.method.toLowerCase()] = operationDoc(endpoint, schemas)
    paths[endpoint.path] = path
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Waggle',
      version,
      description:
        'Real-time dispatch for on-demand fleets. Times are RFC 3339, distances metres, money integer minor units. ' +
        'Sockets are at `/v1/stream`, `/v1/live` and `/v1/orders/{order_id}/driver-location`. Each answer has an `X-Request-Id`: the ' +
        'request’s own, where it has one of up to 128 plain characters.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(endpoints.map(({ operation }) => operation.tag))].map(name => ({ name })),
    paths,
    components: {
      schemas,
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description:
            'The admin key that the node printed at its first start, an API key (`sk_live_…`, `sk_test_…`), or a token (JWT) with the claims ' +
            '`role`, `sub` and `exp`.',
        },
        tracking: {
          type: 'apiKey',
          in: 'query',
          name: 'token',
          description: 'Of a `tracking_url`: shows one order to whoever holds it, until it expires.',
        },
      },
    },
  }
}

function operationDoc(endpoint: Endpoint, schemas: Doc): Doc {
  const { operation, method, path, access } = endpoint
  const rule = ruleOf(`${method} ${path}`)
  return {
    operationId: operationId(method, path),
    tags: [operation.tag],
    summary: operation.summary,
    ...described(operation, access === 'open' ? null : rule),
    ...secured(access === 'open' ? null : rule),
    parameters: parameters(path, operation, schemas),
    ...(operation.body === undefined ? {} : { requestBody: requestBody(operation.body, operation, schemas) }),
    responses: { ...answers(operation, schemas), ...problems(endpoint) },
  }
}

function described({ description }: Operation, rule: AccessRule | null): Doc {
  const text = [description, rule === null ? undefined : whoMay(rule)].filter(part => part !== undefined).join(' ')
  return text === '' ? {} : { description: text }
}

/** As `For: customer (own), dispatcher, admin.` */
function whoMay(rule: AccessRule): string {
  const roles = ROLES.flatMap(role => {
    const reach = reachOf(rule, role)
    return reach === undefined ? [] : [reach === 'own' ? `${role} (own)` : role]
  })
  const modes = { live: '', both: ' Also with test keys, for test data.', test: ' With test keys only.' }[
    rule.modes ?? 'live'
  ]
  return `For: ${roles.join(', ')}.${modes}${rule.scope === null ? ' Not with a narrowed key.' : ` Scope: \`${rule.scope}\`.`}`
}

/** `x-roles` and `x-scope` say what OpenAPI has no words for. */
function secured(rule: AccessRule | null): Doc {
  if (rule === null) return { security: [] }
  const reach = ROLES.flatMap(role => {
    const its = reachOf(rule, role)
    return its === undefined ? [] : [[role, its] as const]
  })
  return {
    security: [{ key: [] }, ...(rule.reach.link === undefined ? [] : [{ tracking: [] }])],
    'x-roles': Object.fromEntries(reach),
    'x-scope': rule.scope,
  }
}

/** As `post_v1_orders_by_order_id_cancel`. */
function operationId(method: string, path: string): string {
  const words = path.replaceAll(/\{([a-z_]+)\}/g, 'by_$1').replaceAll(/[^a-z0-9_]+/gi, '_')
  return `${method.toLowerCase()}${words}`
}

function parameters(path: string, operation: Operation, schemas: Doc): Doc[] {
  const inPath = [...path.matchAll(/\{([a-z_]+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const header = { name: 'Idempotency-Key', in: 'header', schema: { type: 'string', minLength: 1, maxLength: 255 } }
  return [
    ...inPath,
    ...(operation.query === undefined ? [] : queryParameters(operation.query, schemas)),
    ...(operation.idempotent ? [header] : []),
  ]
}

function queryParameters(query: TObject, schemas: Doc): Doc[] {
  const required = new Set(query.required ?? [])
  return Object.entries(query.properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.has(name),
    schema: plain(schema, schemas),
  }))
}

function requestBody(body: TSchema, operation: Operation, schemas: Doc): Doc {
  return {
    required: operation.bodyOptional !== true,
    content: { 'application/json': { schema: plain(body, schemas) } },
  }
}

function answers(operation: Operation, schemas: Doc): Doc {
  const entries = Object.entries(operation.answers).map(([status, { description, schema, contentType, also }]) => {
    if (Number(status) === NO_CONTENT) return [status, { description, headers: HEADERS }] as const
    const content = schema === undefined ? { type: 'string' } : plain(schema, schemas)
    const others = Object.entries(also ?? {}).map(([type, other]) => [type, { schema: plain(other, schemas) }] as const)
    const contents = { [contentType ?? 'application/json']: { schema: content }, ...Object.fromEntries(others) }
    return [status, { description, headers: HEADERS, content: contents }] as const
  })
  return Object.fromEntries(entries)
}

function problems({ operation, access, method, path }: Endpoint): Doc {
  const rule = ruleOf(`${method} ${path}`)
  const codes = new Set<ProblemCode>([
    ...(access === 'key' ? OF_KEYED : []),
    ...(rule.object === 'none' ? [] : OF_OBJECTS),
    ...(operation.body === undefined ? [] : OF_BODIES),
    ...(operation.query === undefined && !path.includes('{driver_id}') ? [] : OF_QUERIES),
    ...(operation.idempotent ? OF_IDEMPOTENT : []),
    ...(operation.problems ?? []),
  ])
  const byStatus = new Map<number, ProblemCode[]>()
  for (const code of codes) byStatus.set(statusOfCode(code), [...(byStatus.get(statusOfCode(code)) ?? []), code])
  const entries = [...byStatus].map(([status, list]) => {
    const description = list.map(code => `\`${code}\`: ${titleOfCode(code)}.`).join(' ')
    return [
      status,
      {
        description,
        headers: problemHeaders(status),
        content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ] as const
  })
  return Object.fromEntries(entries)
}

function problemHeaders(status: number): Doc {
  if (status === 429 || status === 503) return { ...HEADERS, ...RETRY_AFTER }
  return status === 401 ? { ...HEADERS, ...WWW_AUTHENTICATE } : HEADERS
}
