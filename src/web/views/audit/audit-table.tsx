import type { Act } from '../../shared/manage.ts'
import { dayTime } from '../../shared/words.ts'
import { Badge } from '../../ui/badge.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'

const COLUMNS: readonly Column<Act>[] = [
  {
    name: 'When',
    cell: ({ at }) => (
      <time dateTime={at} title={at}>
        {dayTime(at)}
      </time>
    ),
  },
  {
    name: 'Who',
    cell: ({ actor, address }) => (
      <>
        {actor.role} {actor.id !== actor.role && actor.id}
        <small>{[actor.key_id, address].filter(part => part !== null).join(' · ')}</small>
      </>
    ),
  },
  { name: 'Act', cell: ({ action }) => <strong class="mono">{action}</strong> },
  {
    name: 'Of what',
    cell: ({ target, detail }) => (
      <>
        <span class="mono">{target ?? '–'}</span>
        {Object.keys(detail).length > 0 && <small class="mono">{wordsOf(detail)}</small>}
      </>
    ),
  },
  { name: 'Answer', cell: ({ status }) => answerOf(status) },
]

export function AuditTable({ rows }: { rows: readonly Act[] }) {
  return <DataTable caption="Acts" columns={COLUMNS} rows={rows} keyOf={({ act_id }) => act_id} />
}

function wordsOf(detail: Act['detail']): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')
}

/** Without a status the node died before it was known. */
function answerOf(status: number | null) {
  if (status === null) return <Badge tone="warn">Not known</Badge>
  return status < 400 ? <Badge tone="well">{`${status}`}</Badge> : <Badge tone="calm">{`Refused ${status}`}</Badge>
}
