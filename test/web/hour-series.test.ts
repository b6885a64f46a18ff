/** What the figures of the hour say in words: of which minute, and what where there is nothing. */
import { expect, test } from 'bun:test'
import { SERIES, type Series, shownIndex, valueWords } from '../../src/web/console/hour-series.ts'
import type { Figures, Hour } from '../../src/web/shared/views.ts'

const NOTHING: Figures = {
  orders_placed: 0,
  served_ratio: null,
  pickup_p50_s: null,
  pickup_p90_s: null,
  utilisation_ratio: null,
  acknowledgement_p99_ms: null,
}

/** @param newest  minutes at the end of the hour, the present one last. */
function hourWith(...newest: Partial<Figures>[]): Hour {
  const minutes = [...Array.from({ length: 60 - newest.length }, () => ({})), ...newest]
  return {
    hour: NOTHING,
    data: minutes.map((minute, i) => ({ ...NOTHING, ...minute, at: new Date(i * 60_000).toISOString() })),
  }
}

const named = (name: string): Series => {
  const found = SERIES.find(series => series.name === name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}
const said = (hour: Hour, name: string, pointed: number | null = null) =>
  valueWords(hour, named(name), shownIndex(hour, named(name), pointed))

test('the last minute that is over is said, since the present one only begins', () => {
  expect(said(hourWith({ orders_placed: 12 }, { orders_placed: 3 }), 'Orders a minute')).toBe('12')
})

test('right after a start the present minute is said, because there is no other', () => {
  expect(said(hourWith({}, { orders_placed: 3 }), 'Orders a minute')).toBe('3')
  expect(said(hourWith({}, { utilisation_ratio: 0.5 }), 'Utilisation')).toBe('50 %')
})

test('what was some minutes ago is said, and what was long ago is not', () => {
  expect(said(hourWith({ pickup_p50_s: 40, pickup_p90_s: 130 }, {}, {}, {}), 'Pickup')).toBe('40 s · 2.2 min')
  expect(said(hourWith({ pickup_p50_s: 40, pickup_p90_s: 130 }, {}, {}, {}, {}, {}, {}, {}), 'Pickup')).toBe('–')
})

test('where somebody points at a minute it is that one', () => {
  const hour = hourWith({ acknowledgement_p99_ms: 4.21 }, { acknowledgement_p99_ms: 80 }, {})
  expect(said(hour, 'Acknowledgement p99', 57)).toBe('4.2 ms')
  expect(said(hour, 'Acknowledgement p99', 0)).toBe('–')
})
