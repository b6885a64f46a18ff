import type { Hour } from '../shared/views.ts'
import { shortTime } from '../shared/words.ts'
import { SERIES, valueWords } from './hour-series.ts'

/** The same as the charts, to be read: the newest minute first. */
export function HourTable({ hour }: { hour: Hour }) {
  const indexes = hour.data.map((_, i) => i).toReversed()
  return (
    <div class="hour-table">
      <table>
        <caption class="unseen">Figures of the last hour, minute by minute, the newest first</caption>
        <thead>
          <tr>
            <th scope="col">Minute</th>
            {SERIES.map(({ name, lines }) => (
              <th key={name} scope="col">
                {name}
                {lines.length > 1 && ` ${lines.map(line => line.name).join(' · ')}`}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {indexes.map(i => (
            <tr key={hour.data[i]?.at}>
              <th scope="row">{shortTime(hour.data[i]?.at ?? 0)}</th>
              {SERIES.map(series => (
                <td key={series.name}>{valueWords(hour, series, i)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
