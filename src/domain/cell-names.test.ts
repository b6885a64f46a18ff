import { expect, test } from 'bun:test'
import { cellNamed } from './cell-names.ts'

test('a cell keeps its name, however many others are named meanwhile', () => {
  const before = cellNamed('872a1072bffffff')
  for (let n = 0; n < 300_000; n++) cellNamed(`89${n.toString(16).padStart(13, '0')}`)
  expect(cellNamed('872a1072bffffff')).toBe(before)
})
