import { expect, test } from 'bun:test'
import { Findings } from './findings.ts'
import { Ledger } from './ledger.ts'

const TERMS = { reference: 'key-1', pickup: '37.7 -122.4', size: 1 }

function placed(orderId: string, version = 1, status = 'placed') {
  return { orderId, version, status, driverId: null }
}

test('one key with two orders is a repeat, the same order again is none', () => {
  const ledger = new Ledger(new Findings())
  ledger.bookingAcked(TERMS, placed('ord_1'), TERMS)
  ledger.bookingAcked(TERMS, placed('ord_1'), TERMS)
  expect(ledger.findings.total).toBe(0)
  ledger.bookingAcked(TERMS, placed('ord_2'), TERMS)
  expect(ledger.findings.count('repeated')).toBe(1)
  expect(ledger.booked.size).toBe(1)
})

test('an order that comes back with other terms is not the one that was booked', () => {
  const ledger = new Ledger(new Findings())
  ledger.bookingAcked(TERMS, placed('ord_1'), { ...TERMS, size: 2 })
  expect(ledger.findings.count('lost')).toBe(1)
})

test('an order is open until anybody is told of its end, even before its booking is acknowledged', () => {
  const ledger = new Ledger(new Findings())
  ledger.bookingAcked(TERMS, placed('ord_1'), TERMS)
  ledger.saw(placed('ord_2', 5, 'delivered'))
  ledger.bookingAcked({ ...TERMS, reference: 'key-2' }, placed('ord_2'), { ...TERMS, reference: 'key-2' })
  expect(ledger.openOrders()).toEqual(['ord_1'])
  ledger.saw(placed('ord_1', 2, 'cancelled'))
  expect(ledger.openOrders()).toEqual([])
})

test('an accept counts as late by what its driver knew when it was first sent', () => {
  const { offers } = new Ledger(new Findings())
  const offer = { orderId: 'ord_1', driverId: 'drv_1' }
  offers.offered({ ...offer, offerId: 'off_1', expiresAtMs: Date.now() + 60_000 })
  offers.acceptSent('off_1')
  offers.closed('off_1', 'offer_revoked')
  offers.offered({ ...offer, offerId: 'off_2', expiresAtMs: Date.now() - 1 })
  offers.acceptSent('off_2')
  expect(offers.lateAccepts()).toBe(1)
  expect(offers.offered({ ...offer, offerId: 'off_2', expiresAtMs: 0 })).toBe(false)
})
