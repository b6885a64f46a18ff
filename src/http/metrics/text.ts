/**
 * The text format of Prometheus, version 0.0.4. Names follow its conventions: `waggle_` in front, the unit behind (seconds, bytes,
 * ratio), `_total` on what only rises; `promtool check metrics` has nothing to say about them (`test/cluster/prometheus.test.ts`).
 */
import type { HistogramFigures } from '../../actors/runtime/histogram.ts'

export type Labels = Readonly<Record<string, string | number>>
export type Sample = readonly [labels: Labels, value: number]

export function byLabel(label: string, values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([key, value]): Sample => [{ [label]: key }, value])
}

export function gauge(name: string, help: string, value: number): string {
  return family(name, 'gauge', help, [[{}, value]])
}

export function counter(name: string, help: string, value: number): string {
  return family(name, 'counter', help, [[{}, value]])
}

export function family(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => `${name}${labelText(labels)} ${value}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([key, value]) => `${key}="${escaped(`${value}`)}"`)
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

/** One histogram per set of labels; buckets are cumulative here, as the format wants them. */
export function histogram(
  name: string,
  help: string,
  all: readonly (readonly [labels: Labels, figures: HistogramFigures])[],
): string {
  const lines = all.flatMap(([labels, { bounds, counts, sum }]) => {
    let below = 0
    const buckets = [...bounds, '+Inf'].map((le, i) => {
      below += counts[i] ?? 0
      return `${name}_bucket${labelText({ ...labels, le })} ${below}\n`
    })
    return [...buckets, `${name}_sum${labelText(labels)} ${sum}\n`, `${name}_count${labelText(labels)} ${below}\n`]
  })
  return `# HELP ${name} ${help}\n# TYPE ${name} histogram\n${lines.join('')}`
}
