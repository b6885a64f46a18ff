/** A small chart over time, by uPlot, which is fetched with the first chart that is shown. What it says in words stands beside it. */
import { useEffect, useRef } from 'preact/hooks'
import type uPlot from 'uplot'
import { chartOptions } from './chart-options.ts'

export interface TimeChartProps {
  /** Unix seconds, rising. */
  readonly atS: readonly number[]
  /** The first is the one that counts. */
  readonly lines: readonly (readonly (number | null)[])[]
  readonly topMin: number
  readonly say: (value: number) => string
  /** For who does not see it. */
  readonly label: string
  /** The place on the time axis that is pointed at. */
  readonly onPoint: (index: number | null) => void
}

const HEIGHT_PX = 96

export function TimeChart(props: TimeChartProps) {
  const { atS, lines, label } = props
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot | null>(null)
  const latest = useRef(props)
  latest.current = props
  useEffect(() => {
    const element = box.current
    return element === null ? undefined : draw(element, chart, latest)
  }, [])
  useEffect(() => chart.current?.setData(rowsOf(atS, lines)), [atS, lines])
  return <div ref={box} class="chart" role="img" aria-label={label} style={{ height: `${HEIGHT_PX}px` }} />
}

/** @returns what takes it away. */
function draw(element: HTMLElement, chart: { current: uPlot | null }, latest: { current: TimeChartProps }): () => void {
  const gone = new AbortController()
  const { signal } = gone
  const make = async () => {
    const { default: UPlot } = await import('uplot')
    if (signal.aborted) return
    chart.current?.destroy()
    const size = { width: Math.max(40, element.clientWidth), height: HEIGHT_PX }
    const { atS, lines } = latest.current
    chart.current = new UPlot(chartOptions(size, latest), rowsOf(atS, lines), element)
  }
  const fit = new ResizeObserver(() =>
    chart.current?.setSize({ width: Math.max(40, element.clientWidth), height: HEIGHT_PX }),
  )
  fit.observe(element)
  // Colours are taken when it is drawn.
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => void make(), { signal })
  void make()
  return () => {
    gone.abort()
    fit.disconnect()
    chart.current?.destroy()
    chart.current = null
  }
}

function rowsOf(atS: readonly number[], lines: readonly (readonly (number | null)[])[]): uPlot.AlignedData {
  return [[...atS], ...lines.map(line => [...line])]
}
