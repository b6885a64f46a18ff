/** How a small chart looks: colours are those of the page, so that both schemes have theirs. */
import type uPlot from 'uplot'

const AXIS_FONT = '11px system-ui, sans-serif'
/** All charts point at the same minute. */
const SYNC = 'waggle-hour'
export interface ChartLook {
  /** How many there are is what is asked here. */
  readonly lines: readonly unknown[]
  readonly topMin: number
  readonly say: (value: number) => string
  readonly onPoint: (index: number | null) => void
}

/** Room above the highest value. */
const HEADROOM = 1.15

export function chartOptions(
  size: { readonly width: number; readonly height: number },
  latest: { readonly current: ChartLook },
): uPlot.Options {
  const styles = getComputedStyle(document.documentElement)
  const colour = (name: string) => styles.getPropertyValue(`--${name}`).trim()
  const [accent, quiet, line] = [colour('accent'), colour('quiet'), colour('line')]
  const grid = { stroke: line, width: 1 }
  // A line needs two.
  const isAlone: uPlot.Series.Points = { show: (plot, i) => (plot.data[i] ?? []).filter(v => v !== null).length < 3 }
  const axis = { stroke: quiet, font: AXIS_FONT, ticks: { show: false } }
  return {
    ...size,
    padding: [6, 8, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: SYNC }, y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: { y: { range: (_, __, max) => [0, Math.max(latest.current.topMin, (max ?? 0) * HEADROOM)] } },
    axes: [
      { ...axis, grid: { show: false }, size: 18, gap: 2, space: 56, values: (_, splits) => splits.map(clock) },
      {
        ...axis,
        grid,
        size: 44,
        gap: 4,
        space: 28,
        values: (_, splits) => splits.map(value => (value === 0 ? '0' : latest.current.say(value))),
      },
    ],
    series: [
      {},
      { stroke: accent, width: 2, fill: `${accent}1f`, spanGaps: true, points: isAlone },
      ...latest.current.lines.slice(1).map(() => ({
        stroke: quiet,
        width: 1.5,
        dash: [4, 3],
        spanGaps: true,
        points: isAlone,
      })),
    ],
    hooks: { setCursor: [plot => latest.current.onPoint(plot.cursor.idx ?? null)] },
  }
}

function clock(atS: number): string {
  return new Date(atS * 1_000).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
}
