import { expect, test } from 'bun:test'
import { Agenda } from './agenda.ts'
import { seededRandom } from './random.ts'

test('everything due runs, in the order of its time, and nothing else does', () => {
  const agenda = new Agenda()
  const random = seededRandom(5)
  const ran: number[] = []
  for (let i = 0; i < 2_000; i++) {
    const atMs = Math.floor(random() * 1_000)
    agenda.at(atMs, () => ran.push(atMs))
  }
  agenda.runDue(499)

  expect(ran).toEqual([...ran].sort((a, b) => a - b))
  expect(ran.every(atMs => atMs <= 499)).toBe(true)
  expect(ran.length + agenda.size).toBe(2_000)
})

test('equal times run in the order in which they were added', () => {
  const agenda = new Agenda()
  const ran: string[] = []
  for (const name of ['a', 'b', 'c']) agenda.at(10, () => ran.push(name))
  agenda.runDue(10)
  expect(ran).toEqual(['a', 'b', 'c'])
})

test('what was cancelled does not run, and what is added for now does', () => {
  const agenda = new Agenda()
  const ran: string[] = []
  agenda.at(1, () => ran.push('cancelled')).cancel()
  agenda.at(2, () => agenda.at(2, () => ran.push('added')))
  agenda.runDue(2)
  expect(ran).toEqual(['added'])
  expect(agenda.size).toBe(0)
})
