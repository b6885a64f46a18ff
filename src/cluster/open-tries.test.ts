import { expect, test } from 'bun:test'
import { OPEN_TRIES_MAX, OpenTries } from './open-tries.ts'

test('a try is answered once, and one that was not kept never', () => {
  const open = new OpenTries()
  open.keep(1, [0, 2, 1])
  open.keep(2, [0, 0])
  expect([open.answered(1, 0), open.answered(1, 1), open.answered(1, 1), open.answered(1, 1)]).toEqual([
    false,
    true,
    true,
    false,
  ])
  expect([open.answered(1, 2), open.answered(1, 2), open.answered(2, 0)]).toEqual([true, false, false])
})

test('so many are kept at most: the oldest are forgotten', () => {
  const open = new OpenTries()
  for (let token = 0; token <= OPEN_TRIES_MAX; token++) open.keep(token, [1])
  expect([open.answered(0, 0), open.answered(1, 0), open.answered(OPEN_TRIES_MAX, 0)]).toEqual([false, true, true])
})
