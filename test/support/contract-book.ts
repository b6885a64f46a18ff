/**
 * Holds the answers of a node to its own document: each has a status, a content type, headers and a body that the document names
 * for its operation. What was seen is kept, so that a test can ask what was not.
 */
import {
  type Response as Documented,
  type OpenApi,
  type Operation,
  operationsOf,
} from '../../src/contract/documents.ts'
import { violations } from '../../src/contract/schema.ts'

export interface Seen {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

export class ContractBook {
  readonly operations: readonly Operation[]
  /** As `GET /v1/orders 200`. */
  readonly seen = new Set<string>()
  readonly broken: string[] = []
  readonly #document: OpenApi

  constructor(document: OpenApi) {
    this.#document = document
    this.operations = operationsOf(document)
  }

  /** @param path  with or without its query. */
  note(method: string, path: string, answer: Seen): void {
    const operation = this.operationAt(method, path)
    if (operation === null) {
      this.broken.push(`${method} ${path} is at no operation of the document`)
      return
    }
    const name = `${method} ${operation.path} ${answer.status}`
    const documented = operation.responses[answer.status]
    if (documented === undefined) {
      this.broken.push(`${name} is not named: ${answer.text.slice(0, 120)}`)
      return
    }
    this.seen.add(name)
    const wrong = [...this.#headersOf(documented, answer), ...this.#bodyOf(documented, answer)]
    for (const what of wrong) this.broken.push(`${name}: ${what}`)
  }

  /** Those of the document that never came. */
  unseen(): string[] {
    const named = this.operations.flatMap(({ method, path, responses }) =>
      Object.keys(responses).map(status => `${method} ${path} ${status}`),
    )
    return named.filter(name => !this.seen.has(name))
  }

  operationAt(method: string, path: string): Operation | null {
    const pathname = path.split('?', 1)[0] ?? ''
    const fitting = this.operations.filter(each => each.method === method && fits(each.path, pathname))
    // One without parameters goes before: `/v1/drivers/nearby` is no driver.
    return fitting.find(({ path: pattern }) => pattern === pathname) ?? fitting[0] ?? null
  }

  #headersOf({ headers = {} }: Documented, answer: Seen): string[] {
    return Object.entries(headers).flatMap(([name, { required, schema }]) => {
      const value = answer.headers.get(name)
      if (value === null) return required ? [`has no ${name}`] : []
      return violations(schema, value, this.#document.components.schemas, `header ${name}`)
    })
  }

  #bodyOf({ content }: Documented, { headers, text }: Seen): string[] {
    if (content === undefined) return text === '' ? [] : ['has a body']
    const type = (headers.get('content-type') ?? '').split(';', 1)[0] ?? ''
    const schema = content[type]?.schema
    if (schema === undefined) return [`comes as ${type}`]
    const value: unknown = type.endsWith('json') ? JSON.parse(text) : text
    return violations(schema, value, this.#document.components.schemas)
  }
}

function fits(pattern: string, path: string): boolean {
  const source = pattern.replaceAll('.', '\\.').replaceAll(/\{[a-z_]+\}/g, '[^/]+')
  return new RegExp(`^${source}$`).test(path)
}
