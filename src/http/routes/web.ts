/** What a browser is shown: the console at `/`, its files, and what its map is drawn from. */
import { Type } from '@sinclair/typebox'
import type { Http } from '../context.ts'
import { type Endpoint, json } from '../endpoint.ts'
import { Refusal } from '../problem.ts'
import { OrNull } from '../schemas/common.ts'

const TAG = 'Pages'
const MapSources = Type.Object(
  {
    style_url: OrNull(Type.String({ description: 'Of a tile provider; null: the plain style of the console.' })),
    stale_s: Type.Number({ description: 'A position older than this is shown as old.' }),
    streets: OrNull(Type.Unknown({ description: 'GeoJSON of a made-up city, in the demo.' })),
  },
  { $id: 'MapSources' },
)

export function webRoutes({ pages }: Pick<Http, 'pages'>): Endpoint[] {
  if (pages === undefined) return []
  return [
    {
      method: 'GET',
      path: '/',
      access: 'open',
      operation: {
        tag: TAG,
        summary: 'The console.',
        answers: {
          200: { description: 'The page. It asks for a key.', contentType: 'text/html' },
          503: { description: 'A page that says that this node could not make its pages.', contentType: 'text/html' },
        },
      },
      handle: () => pages.console(),
    },
    {
      method: 'GET',
      path: '/track',
      access: 'open',
      operation: {
        tag: TAG,
        summary: 'The tracking page, of the tracking link behind its `#`.',
        description:
          'What `tracking_url` shows in a browser. `/track#trk_…` is its short form: a browser keeps what is behind the `#` to itself.',
        answers: { 200: { description: 'The page. There is nothing of any order in it.', contentType: 'text/html' } },
      },
      handle: () => pages.tracking(null),
    },
    {
      method: 'GET',
      path: '/map.json',
      access: 'open',
      operation: {
        tag: TAG,
        summary: 'What the map of the console is drawn from.',
        answers: { 200: { description: 'Its sources.', schema: MapSources } },
      },
      handle: () => json(200, pages.map()),
    },
    {
      method: 'GET',
      path: '/assets/{file}',
      access: 'open',
      operation: {
        tag: TAG,
        summary: 'A script or style of a page; its name changes with what is in it.',
        answers: { 200: { description: 'The file.', contentType: 'text/javascript' } },
        problems: ['not_found'],
      },
      handle: async ({ request, params }) => {
        const file = await pages.asset(params.file ?? '', request.headers.get('accept-encoding') ?? '')
        if (file === null) throw new Refusal('not_found', 'There is no such file; load the page again.')
        return file
      },
    },
  ]
}
