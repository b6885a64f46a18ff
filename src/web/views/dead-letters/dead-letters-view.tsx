import { may } from '../../console/me.ts'
import type { DeadLetter } from '../../shared/manage.ts'
import { dayTime, plain } from '../../shared/words.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ListBody } from '../../ui/list-body.tsx'
import { useList } from '../../ui/use-list.ts'
import { ViewPage } from '../../ui/view-page.tsx'
import { DeadDeliveries } from './dead-deliveries.tsx'

/** What went nowhere, with its reason: what could not be stored, and what nobody took. */
export function DeadLettersView() {
  const list = useList<DeadLetter>('/v1/dead-letters')
  return (
    <ViewPage title="Dead letters" about="What could not be stored, and what no endpoint took in three days.">
      {may('GET /v1/webhooks') && <DeadDeliveries />}
      <section class="view-part" aria-label="Not stored">
        <h3 class="view-part-title">Not stored</h3>
        <ListBody
          list={list}
          empty={
            <EmptyState title="Everything could be stored">
              <p>Positions that lie before the history, or that it cannot hold, would stand here.</p>
            </EmptyState>
          }
        >
          {rows => <DataTable caption="Not stored" columns={COLUMNS} rows={rows} keyOf={each => each.dead_letter_id} />}
        </ListBody>
      </section>
    </ViewPage>
  )
}

const COLUMNS: readonly Column<DeadLetter>[] = [
  {
    name: 'When',
    cell: ({ at }) => (
      <time dateTime={at} title={at}>
        {dayTime(at)}
      </time>
    ),
  },
  { name: 'Of', cell: ({ source }) => plain(source) },
  { name: 'Why', cell: ({ reason }) => plain(reason) },
  { name: 'What', cell: ({ payload }) => <span class="mono">{JSON.stringify(payload)}</span> },
]
