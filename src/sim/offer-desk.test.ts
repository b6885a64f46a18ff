import { expect, test } from 'bun:test'
import { Agenda } from './agenda.ts'
import { Violations } from './check.ts'
import { nowMs } from './clock.ts'
import { OfferDesk } from './offer-desk.ts'
import { randomStream } from './random.ts'
import { Tally } from './tally.ts'
import { type WorldOptions, worldOptions } from './world-options.ts'

function desk(shares: Partial<WorldOptions> = {}, room: 'room' | 'full' = 'room') {
  const options = worldOptions({ url: 'http://localhost', acceptShare: 1, ...shares })
  const [agenda, tally, violations] = [new Agenda(), new Tally(), new Violations()]
  const sent: object[] = []
  const line = { connected: true }
  const send = (message: object) => {
    if (line.connected) sent.push(message)
    return line.connected
  }
  const world = { agenda, tally, violations, options, random: (label: string) => randomStream(1, label) }
  const offers = new OfferDesk({ driverId: 'drv_1', world, hasRoom: () => room === 'room', send })
  return { offers, agenda, tally, violations, sent, line }
}

const accept = { type: 'accept', offer_id: 'off_1' }
const decline = { type: 'decline', offer_id: 'off_1' }

test('an offer that comes again gets the same answer again, and counts once', () => {
  const yes = desk()
  const no = desk({ acceptShare: 0 })
  for (const { offers } of [yes, no]) {
    offers.offered('off_1', 'ord_1')
    offers.offered('off_1', 'ord_1')
  }
  expect([yes.sent, no.sent]).toEqual([
    [accept, accept],
    [decline, decline],
  ])
  expect([yes.tally.offers, yes.tally.accepts, no.tally.declines]).toEqual([1, 1, 1])
})

test('a driver without room declines, a silent one says nothing', () => {
  const full = desk({}, 'full')
  full.offers.offered('off_1', 'ord_1')
  expect(full.sent).toEqual([decline])
  const silent = desk({ silentShare: 1 })
  silent.offers.offered('off_1', 'ord_1')
  expect([silent.sent, silent.tally.silences]).toEqual([[], 1])
})

test('an acceptance is repeated until it is answered, and after a lost connection', () => {
  const { offers, agenda, sent, line } = desk()
  line.connected = false
  offers.offered('off_1', 'ord_1')
  expect(sent).toEqual([])
  line.connected = true
  offers.askAgain()
  agenda.runDue(nowMs() + 6_000)
  expect(sent).toEqual([accept, accept])
  offers.accepted('ord_1')
  agenda.runDue(nowMs() + 60_000)
  offers.askAgain()
  expect(sent.length).toBe(2)
})

test('a revoked or closed offer is asked for no more', () => {
  const { offers, agenda, sent } = desk()
  offers.offered('off_1', 'ord_1')
  offers.offered('off_2', 'ord_2')
  offers.revoked('off_1')
  offers.closed('off_2')
  agenda.runDue(nowMs() + 60_000)
  offers.askAgain()
  expect(sent.length).toBe(2)
})

test('an order given on a revoked offer is a violation, on a later offer of the same order it is none', () => {
  const broken = desk()
  broken.offers.offered('off_1', 'ord_1')
  broken.offers.revoked('off_1')
  broken.offers.accepted('ord_1')
  expect(broken.violations.listed.map(violation => violation.kind)).toEqual(['accepted_after_revocation'])

  const sound = desk()
  sound.offers.offered('off_1', 'ord_1')
  sound.offers.revoked('off_1')
  sound.offers.offered('off_2', 'ord_1')
  sound.offers.accepted('ord_1')
  expect([sound.violations.count, sound.tally.accept.count]).toEqual([0, 1])
})
