import { expect, test } from 'bun:test'
import { Refusal } from './problem.ts'
import { readQuery } from './query.ts'
import { nearbyQuery } from './schemas/position.ts'

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
