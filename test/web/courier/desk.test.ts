/** Who leaves has the last word, whatever is on its way. */
import { beforeEach, expect, test } from 'bun:test'
import type { Outcome } from '../../../src/web/courier/core/events.ts'
import type { ErrandWhat } from '../../../src/web/courier/core/state.ts'
import { Desk } from '../../../src/web/courier/desk.ts'

const ONLINE: ErrandWhat = { kind: 'duty', status: 'available' }
const OFFLINE: ErrandWhat = { kind: 'duty', status: 'offline' }
const ACCEPT: ErrandWhat = { kind: 'accept', offerId: 'off_1', orderId: 'ord_1' }
const DONE: Outcome = { kind: 'done', body: {} }
const SILENCE: Outcome = { kind: 'passing', retryAfterMs: null }

let asked: { readonly what: ErrandWhat; readonly answer: (outcome: Outcome) => void }[]
let desk: Desk

beforeEach(() => {
  asked = []
  desk = new Desk(what => new Promise(answer => asked.push({ what, answer })))
})

const said = () => asked.map(({ what }) => what)
/** Whatever follows without an answer has followed. */
const settled = () => new Promise(resolve => setTimeout(resolve))

test('going offline waits for the answer to going online, and is said after it', async () => {
  const online = desk.ask(ONLINE)
  const left = desk.leave()
  await settled()
  expect(said()).toEqual([ONLINE])
  asked[0]?.answer(DONE)
  expect(await online).toEqual(DONE)
  await settled()
  expect(said()).toEqual([ONLINE, OFFLINE])
  asked[1]?.answer(DONE)
  expect(await left).toBe(true)
})

test('where the answer is slow it is said at once, since the page may be closed, and once more behind the answer', async () => {
  desk = new Desk(what => new Promise(answer => asked.push({ what, answer })), 0)
  void desk.ask(ONLINE)
  const last = desk.leave()
  await settled()
  await settled()
  expect(said()).toEqual([ONLINE, OFFLINE])
  asked[1]?.answer(DONE)
  await settled()
  expect(said()).toEqual([ONLINE, OFFLINE])
  asked[0]?.answer(SILENCE)
  await settled()
  expect(said()).toEqual([ONLINE, OFFLINE, OFFLINE])
  asked[2]?.answer(DONE)
  expect(await last).toBe(true)
})

test('but not once they have signed in again: that would take them off duty', async () => {
  desk = new Desk(what => new Promise(answer => asked.push({ what, answer })), 0)
  void desk.ask(ONLINE)
  const last = desk.leave()
  await settled()
  await settled()
  asked[1]?.answer(DONE)
  desk.succeeded()
  asked[0]?.answer(SILENCE)
  expect(await last).toBe(false)
  expect(said()).toEqual([ONLINE, OFFLINE])
})

test('it is said also where going online was not answered: the node may have heard that', async () => {
  void desk.ask(ONLINE)
  const left = desk.leave()
  asked[0]?.answer(SILENCE)
  await settled()
  expect(said()).toEqual([ONLINE, OFFLINE])
  asked[1]?.answer(SILENCE)
  expect(await left).toBe(false)
})

test('nothing is asked any more by whoever leaves, and an order is waited for by nobody', async () => {
  void desk.ask(ACCEPT)
  const left = desk.leave()
  await settled()
  expect(await desk.ask(ONLINE)).toBeNull()
  expect(said()).toEqual([ACCEPT, OFFLINE])
  asked[1]?.answer(DONE)
  expect(await left).toBe(true)
})

test('where another tab signs out, only one that is just saying something of its duty has to say a last word', async () => {
  await desk.repeatLastWord()
  expect(said()).toEqual([])
  void desk.ask(ONLINE)
  const last = desk.repeatLastWord()
  asked[0]?.answer(DONE)
  await settled()
  expect(said()).toEqual([ONLINE, OFFLINE])
  asked[1]?.answer(DONE)
  await last
})
