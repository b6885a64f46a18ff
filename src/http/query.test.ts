import { expect, test } from 'bun:test'
import { Type } from '@sinclair/typebox'
import { Refusal } from './problem.ts'
import { readQuery } from './query.ts'
import { nearbyQuery } from './schemas/position.ts'
import { checker } from './validate.ts'

function read(query: string) {
  return readQuery(nearbyQuery, new Request(`http://localhost/v1/drivers/nearby?${query}`))
}

function pathsOf(query: string): string[] {
  try {
    read(query)
  } catch (error) {
    if (error instanceof Refusal) return (error.details.errors ?? []).map(({ path }) => path)
    throw error
  }
  return []
}

test('numbers are read as numbers, texts as texts, and strangers are left alone', () => {
  expect(read('lat=89&lng=-1.5e1&limit=10&vehicle_type=123&_=7')).toEqual({
    lat: 89,
    lng: -15,
    limit: 10,
    vehicle_type: '123',
  })
})

test.each([
  ['lng=1', ['/lat']],
  ['lat=NaN&lng=Infinity', ['/lat', '/lng']],
  ['lat=1e999&lng=1', ['/lat']],
  ['lat=&lng=0x10', ['/lat', '/lng']],
  ['lat=90.1&lng=181', ['/lat', '/lng']],
  ['lat=1&lng=1&radius=0&limit=1.5', ['/radius', '/limit']],
  ['lat=1&lat=2&lng=1', ['/lat']],
])('%s names what is wrong', (query, paths) => {
  expect(pathsOf(query).sort()).toEqual([...paths].sort())
})

test.each([
  '',
  '&',
  '=',
  'lat',
  'lat=',
  '=1',
  '&&lat=1&',
  'lat=1=2',
  'lat=1&lng',
  'vehicle_type=a?b#c&status=d',
  'vehicle_type=a%20b+c&lat=1',
  'l%61t=5&lng=6',
  'lat=%',
  'vehicle_type=ä',
  '__proto__=1&toString=2&lat=3',
])('%p says what the platform makes of it', query => {
  const given = new URLSearchParams(query)
  const seen = [...given].filter(([name]) => ['lat', 'lng', 'vehicle_type', 'status'].includes(name))
  expect(textsIn(query)).toEqual(Object.fromEntries(seen))
})

const TEXTS = checker(
  Type.Object({
    lat: Type.Optional(Type.String()),
    lng: Type.Optional(Type.String()),
    vehicle_type: Type.Optional(Type.String()),
    status: Type.Optional(Type.String()),
  }),
)

function textsIn(query: string): Record<string, string> {
  // As it comes over the wire: the platform's own request would have it encoded.
  const request = { url: `/v1/drivers/nearby?${query}` } as Request
  return readQuery(TEXTS, request)
}

test('what is given twice is named in the order of the document, whichever comes first', () => {
  expect(pathsOf('radius=1&radius=2&lng=1&lng=2&lat=3&lat=4&lat=5')).toEqual(['/lat', '/lng', '/radius'])
})
