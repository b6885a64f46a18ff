import { expect, test } from 'bun:test'
import { SETTINGS } from './settings.ts'
import { unknownSettings } from './unknown-settings.ts'

test.each([
  ['WAGGLE_OFFER_TTL', 'WAGGLE_OFFER_TTL_S'],
  ['WAGGLE_ADMINKEY', 'WAGGLE_ADMIN_KEY'],
  ['WAGGLE_POSTGRES', 'WAGGLE_POSTGRES_URL'],
  ['WAGGLE_PORT', 'PORT'],
  ['waggle_shards', 'WAGGLE_SHARDS'],
  ['WAGGLE_WOKERS', 'WAGGLE_WORKERS'],
])('%s is told, with %s as the nearest', (name, nearest) => {
  expect(unknownSettings({ [name]: 'secret' })).toEqual([
    `${name} is no setting and is ignored; the nearest one is ${nearest}.`,
  ])
})

test('settings, and what belongs to somebody else, are not told', () => {
  const env = Object.fromEntries(
    [...SETTINGS.map(s => s.name), 'PATH', 'WAGGLE_DATA', 'WAGGLE_SEED'].map(n => [n, 'x']),
  )
  expect(unknownSettings(env)).toEqual([])
})

test('many are told in the order of their names', () => {
  const told = unknownSettings({ WAGGLE_Z: '', WAGGLE_A: '' })
  expect(told.map(sentence => sentence.split(' ')[0])).toEqual(['WAGGLE_A', 'WAGGLE_Z'])
})
