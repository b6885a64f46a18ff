import { expect, test } from 'bun:test'
import { Targets } from './targets.ts'

test('who has lost its node goes on with another, and with the same where there is no other', () => {
  const targets = new Targets()
  expect(targets.next()).toBeNull()
  targets.set('one', 'http://one')
  expect(targets.next('http://one')).toBe('http://one')
  expect(targets.hasAnother('http://one')).toBe(false)
  targets.set('two', 'http://two')
  for (let i = 0; i < 4; i++) expect(targets.next('http://one')).toBe('http://two')
  targets.remove('two')
  expect(targets.next('http://one')).toBe('http://one')
})

test('all nodes are asked in turn', () => {
  const targets = new Targets()
  for (const node of ['one', 'two', 'three']) targets.set(node, `http://${node}`)
  const asked = new Set(Array.from({ length: 3 }, () => targets.next()))
  expect(asked.size).toBe(3)
})
