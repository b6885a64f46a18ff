/** The documents that a node serves of itself, as far as they are read here. */
import type { Schema, Schemas } from './schema.ts'

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required?: boolean
  readonly schema: Schema
}

interface Media {
  readonly schema?: Schema
}

export interface Response {
  readonly description: string
  readonly headers?: Readonly<Record<string, { readonly required?: boolean; readonly schema: Schema }>>
  readonly content?: Readonly<Record<string, Media>>
}

export interface OperationDoc {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly security: readonly object[]
  readonly parameters: readonly Parameter[]
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, Media>> }
  readonly responses: Readonly<Record<string, Response>>
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationDoc>>>>
  readonly components: { readonly schemas: Schemas }
}

interface Message {
  readonly name: string
  readonly payload: Schema
}

export interface AsyncApi {
  /** By name; each names its messages by their keys in `components`. */
  readonly channels: Readonly<
    Record<string, { readonly address: string; readonly messages: Readonly<Record<string, object>> }>
  >
  readonly components: { readonly messages: Readonly<Record<string, Message>>; readonly schemas: Schemas }
}

export interface Operation extends OperationDoc {
  /** In capitals. */
  readonly method: string
  readonly path: string
}

export function operationsOf(document: OpenApi): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, doc]) => ({ ...doc, method: method.toUpperCase(), path })),
  )
}

/** What a client may send on that channel, as `stream` or `live`. */
export function receivedOn(channel: string, document: AsyncApi): Schema[] {
  return Object.entries(document.components.messages)
    .filter(([key]) => key.startsWith(`${channel}.received.`))
    .map(([, { payload }]) => payload)
}

/** The documents of a node. Ours are trusted in their outline; the contract's test holds them to it. */
export async function readDocuments(url: string): Promise<{ openApi: OpenApi; asyncApi: AsyncApi }> {
  const [openApi, asyncApi] = await Promise.all(
    ['/openapi.json', '/asyncapi.json'].map(async path => (await fetch(`${url}${path}`)).json()),
  )
  return { openApi: openApi as OpenApi, asyncApi: asyncApi as AsyncApi }
}
