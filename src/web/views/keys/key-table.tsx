import { may } from '../../console/me.ts'
import * as state from '../../console/state.ts'
import type { ApiKey } from '../../shared/manage.ts'
import { ago, dayTime, plain } from '../../shared/words.ts'
import { Badge } from '../../ui/badge.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'

interface KeyTableProps {
  readonly rows: readonly ApiKey[]
  readonly onRotate: (key: ApiKey) => void
  readonly onRevoke: (key: ApiKey) => void
}

export function KeyTable({ rows, onRotate, onRevoke }: KeyTableProps) {
  const columns: Column<ApiKey>[] = [
    { name: 'Key', cell: nameCell },
    { name: 'Role', cell: roleCell },
    { name: 'May', cell: ({ scopes }) => (scopes === null ? 'all of its role' : scopes.join(', ')) },
    { name: 'Last used', isNumber: true, cell: ({ last_used_at }) => usedWords(last_used_at) },
    { name: 'State', cell: stateCell },
    {
      name: 'Act',
      isQuiet: true,
      cell: key =>
        key.revoked_at === null && (
          <>
            {may('POST /v1/keys/{key_id}/rotate') && (
              <button type="button" class="small" aria-label={`Rotate ${key.name}`} onClick={() => onRotate(key)}>
                Rotate
              </button>
            )}
            {may('DELETE /v1/keys/{key_id}') && (
              <button
                type="button"
                class="small danger"
                aria-label={`Revoke ${key.name}`}
                onClick={() => onRevoke(key)}
              >
                Revoke
              </button>
            )}
          </>
        ),
    },
  ]
  return <DataTable caption="Keys" columns={columns} rows={rows} keyOf={key => key.key_id} />
}

function nameCell({ name, prefix }: ApiKey) {
  return (
    <>
      <strong>{name}</strong>
      <small class="mono">{prefix}…</small>
    </>
  )
}

function roleCell({ role, sub, mode }: ApiKey) {
  return (
    <>
      {plain(role)}
      {mode === 'test' && ', test'}
      {sub !== null && <small>{sub}</small>}
    </>
  )
}

function usedWords(at: string | null): string {
  return at === null ? 'never' : `${ago(state.nodeNowMs.value - Date.parse(at))} ago`
}

function stateCell({ revoked_at, expires_at, previous_until }: ApiKey) {
  const now = state.nodeNowMs.value
  if (revoked_at !== null) return <Badge tone="calm">{`Revoked ${dayTime(revoked_at)}`}</Badge>
  if (expires_at !== null && Date.parse(expires_at) < now) return <Badge tone="calm">Expired</Badge>
  return (
    <>
      <Badge tone="well">Good</Badge>
      {expires_at !== null && <small>until {dayTime(expires_at)}</small>}
      {previous_until !== null && Date.parse(previous_until) > now && (
        <small>the old secret until {dayTime(previous_until)}</small>
      )}
    </>
  )
}
