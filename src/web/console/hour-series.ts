/** The figures that have a chart: what each is called, what it draws, and how its values are said. */
import type { Figures, Hour } from '../shared/views.ts'

type Value = (figures: Figures) => number | null

export interface Series {
  readonly name: string
  /** What it is, in a sentence. */
  readonly about: string
  readonly lines: readonly { readonly name: string; readonly of: Value }[]
  readonly say: (value: number) => string
  /** Grows while a minute lasts. */
  readonly isCount?: true
  /** From nothing to this at least, so that calm looks calm. */
  readonly topMin: number
  /** What of the hour is said beside the newest value; null: nothing that would mean much. */
  readonly ofHour: ((hour: Figures) => number | null) | null
}

const percent = (value: number) => `${Math.round(value * 100)} %`
const seconds = (value: number) => (value < 100 ? `${Math.round(value)} s` : `${(value / 60).toFixed(1)} min`)
const milliseconds = (value: number) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`

export const SERIES: readonly Series[] = [
  {
    name: 'Orders a minute',
    about: 'Orders that were placed.',
    lines: [{ name: 'Orders', of: f => f.orders_placed }],
    isCount: true,
    say: value => `${Math.round(value * 10) / 10}`,
    topMin: 4,
    ofHour: hour => hour.orders_placed / 60,
  },
  {
    name: 'Served',
    about: 'Orders that were delivered, of those that ended.',
    lines: [{ name: 'Served', of: f => f.served_ratio }],
    say: percent,
    topMin: 1,
    ofHour: hour => hour.served_ratio,
  },
  {
    name: 'Pickup',
    about:
      'From assignment to arrival: half of the pickups were sooner than the first line, nine of ten sooner than the second.',
    lines: [
      { name: 'p50', of: f => f.pickup_p50_s },
      { name: 'p90', of: f => f.pickup_p90_s },
    ],
    say: seconds,
    topMin: 30,
    ofHour: hour => hour.pickup_p50_s,
  },
  {
    name: 'Utilisation',
    about: 'Drivers with an order, of those on duty.',
    lines: [{ name: 'Utilisation', of: f => f.utilisation_ratio }],
    say: percent,
    topMin: 1,
    ofHour: hour => hour.utilisation_ratio,
  },
  {
    name: 'Acknowledgement p99',
    about: 'From a position to its acknowledgement, of all but the slowest of a hundred.',
    lines: [{ name: 'p99', of: f => f.acknowledgement_p99_ms }],
    say: milliseconds,
    topMin: 10,
    ofHour: hour => hour.acknowledgement_p99_ms,
  },
]

/** Further back it is no news. */
const LOOK_BACK = 5

/** The minute that is pointed at; else the last one that is over and had something, or the present one where none had. */
export function shownIndex({ data }: Hour, { lines }: Series, pointed: number | null): number | null {
  if (pointed !== null && pointed < data.length) return pointed
  const last = data.length - 2
  const looked = Array.from({ length: LOOK_BACK }, (_, back) => last - back).toSpliced(1, 0, last + 1)
  const valueAt = (i: number) => (data[i] === undefined ? null : (lines[0]?.of(data[i]) ?? null))
  return looked.find(i => (valueAt(i) ?? 0) > 0) ?? looked.find(i => valueAt(i) !== null) ?? null
}

/** `12 s · 40 s`; a dash where there is nothing to say. */
export function valueWords({ data }: Hour, { lines, say }: Series, index: number | null): string {
  const minute = index === null ? undefined : data[index]
  const values = minute === undefined ? [] : lines.map(({ of }) => of(minute))
  const said = values.filter(value => value !== null).map(say)
  return said.length === 0 ? '–' : said.join(' · ')
}
