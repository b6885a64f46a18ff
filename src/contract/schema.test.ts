import { expect, test } from 'bun:test'
import { type Schema, violations } from './schema.ts'

const PLACE: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['latitude'],
  properties: {
    latitude: { type: 'number', minimum: -90, maximum: 90 },
    tags: { anyOf: [{ type: 'array', items: { type: 'string', pattern: '^[a-z]+$' }, maxItems: 2 }, { type: 'null' }] },
    at: { type: 'string', format: 'date-time' },
  },
}
const SCHEMAS = { Place: PLACE }

test.each<[unknown, string[]]>([
  [{ latitude: 1, tags: null }, []],
  [{ latitude: 1, tags: ['a'], at: '2026-01-31T12:00:00Z' }, []],
  [{}, ['/latitude is missing']],
  [{ latitude: 91 }, ['/latitude is more than 90']],
  [{ latitude: Number.NaN }, ['/latitude is no number']],
  [{ latitude: 1, at: 'now' }, ['/at is no time']],
  [{ latitude: 1, constructor: 1 }, ['/constructor is not known']],
  [{ latitude: 1, tags: ['a', 'b', 'c'] }, ['/tags has more than 2 items']],
  [[], ['/ is no object']],
])('%j is judged by a schema that is referred to: %j', (value, wrong) => {
  expect(violations({ $ref: '#/components/schemas/Place' }, value, SCHEMAS)).toEqual(wrong)
})

test('a reference to nothing is an error of the document', () => {
  expect(() => violations({ $ref: '#/components/schemas/Nothing' }, 1, SCHEMAS)).toThrow('Nothing')
})
