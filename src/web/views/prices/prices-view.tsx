import './prices.css'
import { may } from '../../console/me.ts'
import { hrefOf } from '../../console/route.ts'
import * as state from '../../console/state.ts'
import type { Ruleset } from '../../shared/manage.ts'
import { dayTime, money } from '../../shared/words.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ListBody } from '../../ui/list-body.tsx'
import { useList } from '../../ui/use-list.ts'
import { ViewPage } from '../../ui/view-page.tsx'
import { type Standing, standingsOf } from './in-force-now.ts'
import { RulesetEditor } from './ruleset-editor.tsx'

const NEW = 'new'
const STANDINGS: Readonly<Record<Standing, readonly [Tone, string]>> = {
  in_force: ['well', 'In force'],
  later: ['warn', 'Later'],
  ended: ['calm', 'Ended'],
  behind: ['calm', 'Behind a later one'],
}

/** `id`: the version that a new one begins from; `new`: from the newest. */
export function PricesView({ id }: { id: string | null }) {
  const list = useList<Ruleset>('/v1/pricing/rulesets')
  if (id !== null && list.rows !== null) {
    const from = id === NEW ? list.rows[0] : list.rows.find(({ version }) => version === id)
    return <RulesetEditor key={id} from={from ?? null} onMade={list.reload} />
  }
  return (
    <ViewPage
      title="Prices"
      about="Rulesets: prices as data. One is never changed; another one takes its place."
      acts={
        may('POST /v1/pricing/rulesets') && (
          <a class="button primary" href={hrefOf('prices', NEW)}>
            New ruleset
          </a>
        )
      }
    >
      <ListBody list={list} empty={<EmptyState title="No rulesets" />}>
        {rows => (
          <DataTable caption="Rulesets" columns={columnsOf(rows)} rows={rows} keyOf={({ version }) => version} />
        )}
      </ListBody>
    </ViewPage>
  )
}

function columnsOf(rows: readonly Ruleset[]): Column<Ruleset>[] {
  const standings = standingsOf(rows, state.nodeNowMs.value)
  return [
    {
      name: 'Version',
      cell: ({ version, created_at }) => (
        <>
          <strong>{version}</strong>
          <small>made {dayTime(created_at)}</small>
        </>
      ),
    },
    {
      name: 'State',
      cell: ({ version }) => {
        const [tone, words] = STANDINGS[standings.get(version) ?? 'behind']
        return <Badge tone={tone}>{words}</Badge>
      },
    },
    { name: 'Base', isNumber: true, cell: ({ base_minor, currency }) => money(base_minor, currency) },
    { name: 'Per km', isNumber: true, cell: ({ per_km_minor, currency }) => money(per_km_minor, currency) },
    { name: 'Per minute', isNumber: true, cell: ({ per_minute_minor, currency }) => money(per_minute_minor, currency) },
    { name: 'At least', isNumber: true, cell: ({ minimum_minor, currency }) => money(minimum_minor, currency) },
    { name: 'Where', cell: ({ cells }) => (cells === null ? 'everywhere' : `${cells.length} cities`) },
    {
      name: 'Counts',
      cell: ({ valid_from, valid_to }) => (
        <>
          {Date.parse(valid_from) === 0 ? 'always' : `from ${dayTime(valid_from)}`}
          {valid_to !== null && <small>until {dayTime(valid_to)}</small>}
        </>
      ),
    },
    {
      name: 'Act',
      isQuiet: true,
      cell: ({ version }) => <a href={hrefOf('prices', version)}>Begin from {version}</a>,
    },
  ]
}
