import { useEffect, useState } from 'preact/hooks'
import { TimeChart } from '../charts/time-chart.tsx'
import type { Hour } from '../shared/views.ts'
import { shortTime } from '../shared/words.ts'
import { hour, pointedAt, readFigures } from './figures.ts'
import { SERIES, type Series, shownIndex, valueWords } from './hour-series.ts'
import { HourTable } from './hour-table.tsx'

/** On a smaller screen the map needs the room, until somebody asks for the charts. */
const ROOMY = '(min-width: 1100px) and (min-height: 720px)'
type Shape = 'folded' | 'charts' | 'table'

/** How the last hour went: the newest figures always, charts or a table where they are wanted. */
export function HourDock() {
  const [shape, setShape] = useState<Shape>(matchMedia(ROOMY).matches ? 'charts' : 'folded')
  useEffect(readFigures, [])
  const read = hour.value
  if (read === null) return null
  const pointed = pointedAt.value === null ? undefined : read.data[pointedAt.value]
  return (
    <section class={`dock dock-${shape}`} aria-label="Last hour">
      <div class="dock-head">
        <button
          type="button"
          class="plain dock-fold"
          aria-expanded={shape !== 'folded'}
          onClick={() => setShape(shape === 'folded' ? 'charts' : 'folded')}
        >
          Last hour
        </button>
        {pointed !== undefined && <span class="quiet">at {shortTime(pointed.at)}</span>}
        {shape !== 'folded' && (
          <button
            type="button"
            class="plain small"
            aria-pressed={shape === 'table'}
            onClick={() => setShape(shape === 'table' ? 'charts' : 'table')}
          >
            As a table
          </button>
        )}
      </div>
      {shape === 'table' ? (
        <HourTable hour={read} />
      ) : (
        <div class="hour-tiles">
          {SERIES.map(series => (
            <Tile key={series.name} series={series} read={read} hasChart={shape === 'charts'} />
          ))}
        </div>
      )}
    </section>
  )
}

function Tile({ series, read, hasChart }: { series: Series; read: Hour; hasChart: boolean }) {
  const { name, about, lines, say, topMin, ofHour } = series
  const value = valueWords(read, series, shownIndex(read, series, pointedAt.value))
  const whole = ofHour === null ? null : ofHour(read.hour)
  // The present minute is not over: its counts would look like a fall.
  const drawn = series.isCount ? read.data.slice(0, -1) : read.data
  return (
    <div class="hour-tile" title={about}>
      <p class="hour-tile-name">{name}</p>
      <p class="hour-tile-value">
        {value}
        {whole !== null && <small> hour {say(whole)}</small>}
      </p>
      {hasChart && (
        <TimeChart
          atS={drawn.map(({ at }) => Date.parse(at) / 1_000)}
          lines={lines.map(({ of }) => drawn.map(of))}
          topMin={topMin}
          say={say}
          label={`${name} over the last hour. ${about} Newest: ${value}.`}
          onPoint={index => {
            pointedAt.value = index
          }}
        />
      )}
    </div>
  )
}
