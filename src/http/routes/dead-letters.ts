/** What could not be stored, with its reason. */
import { type Static, Type } from '@sinclair/typebox'
import { type KeptLetter, listDeadLetters } from '../../store/dead-letters.ts'
import type { Http } from '../context.ts'
import { type Endpoint, json } from '../endpoint.ts'
import { pageFrom, pageRequest, renderPage } from '../pages.ts'
import { readQuery } from '../query.ts'
import { formatInstant } from '../rfc3339.ts'
import { Cursor, Limit, Page, Text } from '../schemas/common.ts'
import { checker } from '../validate.ts'

const LettersQuery = Type.Object({
  limit: Limit,
  cursor: Cursor,
  source: Type.Optional(Text(64, { description: 'Where it comes from: `positions`.' })),
})

const LetterView = Type.Object(
  {
    dead_letter_id: Type.String(),
    at: Type.String({ format: 'date-time' }),
    source: Type.String({ description: 'What it was to be: `positions`.' }),
    reason: Type.String({ description: 'Why it could not be stored.' }),
    payload: Type.Record(Type.String(), Type.Unknown(), { description: 'As it came.' }),
  },
  { $id: 'DeadLetter' },
)

const lettersQuery = checker(LettersQuery)

export function deadLetterRoutes(http: Http): Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/v1/dead-letters',
      access: 'key',
      operation: {
        tag: 'Operations',
        summary: 'What could not be stored, with its reason, newest first.',
        description:
          'Positions that the history cannot hold, as those that lie before its retention. They are kept for as long as positions are. ' +
          'What could not be told to an endpoint stands among its deliveries, with `state=dead`.',
        query: LettersQuery,
        answers: { 200: { description: 'A page.', schema: Page(LetterView) } },
        problems: ['record_unavailable'],
      },
      handle: async call => {
        const query = readQuery(lettersQuery, call.request)
        const page = await pageFrom(listDeadLetters(http.sql, query.source, pageRequest(query)))
        return json(200, renderPage(page, render))
      },
    },
  ]
}

function render({ id, atMs, source, reason, payload }: KeptLetter): Static<typeof LetterView> {
  return { dead_letter_id: `dead_${id}`, at: formatInstant(atMs), source, reason, payload: { ...payload } }
}
