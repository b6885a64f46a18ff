/** What the files of deploy/ ask of Prometheus. */
import { join } from 'node:path'

export const DEPLOY = join(import.meta.dir, '../../deploy')

export interface Alert {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

export interface Panel {
  readonly id: number
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string; readonly refId: string }[]
}

export interface Dashboard {
  readonly file: string
  readonly uid: string
  readonly title: string
  readonly templating: { readonly list: readonly { readonly name: string }[] }
  readonly panels: readonly Panel[]
}

export async function alerts(): Promise<Alert[]> {
  const text = await Bun.file(join(DEPLOY, 'prometheus/alerts.yml')).text()
  const { groups } = Bun.YAML.parse(text) as { groups: { rules: Alert[] }[] }
  return groups.flatMap(({ rules }) => rules)
}

export async function dashboards(): Promise<Dashboard[]> {
  const files = [...new Bun.Glob('*.json').scanSync(join(DEPLOY, 'grafana'))].sort()
  return Promise.all(
    files.map(async file => ({
      file,
      ...((await Bun.file(join(DEPLOY, 'grafana', file)).json()) as Omit<Dashboard, 'file'>),
    })),
  )
}

/** As Grafana would send it. */
export function asPromql(expression: string): string {
  return expression.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*')
}
