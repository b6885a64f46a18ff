/** `/docs`: a page to read and try the API. One file without anything from elsewhere, so it works offline. */
import { hash } from 'node:crypto'
import { Type } from '@sinclair/typebox'
import page from './docs.html' with { type: 'text' }
import { type Endpoint, json } from './endpoint.ts'

const TAG = 'Documentation'
/** Nothing from other origins, no script but its own, and nobody else may frame the page: a key is typed into it. */
const CSP = [
  "default-src 'none'",
  `script-src ${digestOf('script')}`,
  `style-src ${digestOf('style')}`,
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** Of the page's one inline element of that name, as a browser computes it. */
function digestOf(element: string): string {
  const content = new RegExp(`<${element}[^>]*>([^]*?)</${element}>`).exec(page as unknown as string)?.[1] ?? ''
  return `'sha256-${hash('sha256', content, 'base64')}'`
}

const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': CSP,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

export interface Documents {
  /** Made from all endpoints, these included; so it is asked for when it is first needed. */
  readonly openApi: () => object
  readonly asyncApi: () => object
}

export function documentationRoutes(documents: Documents): Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/asyncapi.json',
      access: 'open',
      operation: {
        tag: TAG,
        summary: 'The sockets and what is published on NATS, as an AsyncAPI 3 document.',
        answers: { 200: { description: 'The document.', schema: Type.Object({ asyncapi: Type.Literal('3.0.0') }) } },
      },
      handle: () => json(200, documents.asyncApi()),
    },
    {
      method: 'GET',
      path: '/openapi.json',
      access: 'open',
      operation: {
        tag: TAG,
        summary: 'This API as an OpenAPI 3.1 document.',
        answers: { 200: { description: 'The document.', schema: Type.Object({ openapi: Type.Literal('3.1.0') }) } },
      },
      handle: () => json(200, documents.openApi()),
    },
    {
      method: 'GET',
      path: '/docs',
      access: 'open',
      operation: {
        tag: TAG,
        summary: 'A page to read and try this API.',
        answers: { 200: { description: 'The page.', contentType: 'text/html' } },
      },
      handle: () =>
        new Response(page as unknown as string, {
          headers: PAGE_HEADERS,
        }),
    },
  ]
}
