/** The page of a courier, at `/courier`, and what makes it installable. Whoever opens it has to show who he is to the API, as everybody. */
import { type TSchema, Type } from '@sinclair/typebox'
import type { Http, Pages } from '../context.ts'
import type { Endpoint } from '../endpoint.ts'

type CourierFile = Parameters<Pages['courier']>[0]

const Manifest = Type.Object(
  {
    name: Type.String(),
    start_url: Type.String(),
    scope: Type.String(),
    display: Type.String(),
    icons: Type.Array(Type.Object({ src: Type.String(), sizes: Type.String(), type: Type.String() })),
  },
  { $id: 'WebManifest', description: 'As the W3C has it.' },
)

const FILES: readonly {
  readonly path: string
  readonly file: CourierFile
  readonly is: string
  readonly type: string
  readonly schema?: TSchema
}[] = [
  { path: '/courier', file: 'page', is: 'The page of a courier. It asks for a token.', type: 'text/html' },
  {
    path: '/courier.webmanifest',
    file: 'manifest',
    is: 'How a phone installs it.',
    type: 'application/manifest+json',
    schema: Manifest,
  },
  {
    path: '/courier-worker.js',
    file: 'worker',
    is: 'What keeps it on the phone, and replaces it by a newer one.',
    type: 'text/javascript',
  },
]

export function courierRoutes({ pages }: Pick<Http, 'pages'>): Endpoint[] {
  if (pages === undefined) return []
  return FILES.map(({ path, file, is, type, schema }) => ({
    method: 'GET',
    path,
    access: 'open',
    operation: {
      tag: 'Pages',
      summary: is,
      answers: { 200: { description: 'The file.', contentType: type, ...(schema === undefined ? {} : { schema }) } },
    },
    handle: () => pages.courier(file),
  }))
}
