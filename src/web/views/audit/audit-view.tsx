import { useState } from 'preact/hooks'
import type { Act } from '../../shared/manage.ts'
import { fromLocalInput } from '../../shared/words.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { TextField } from '../../ui/field.tsx'
import { ListBody } from '../../ui/list-body.tsx'
import { SelectField } from '../../ui/select-field.tsx'
import { useList } from '../../ui/use-list.ts'
import { useSettled } from '../../ui/use-settled.ts'
import { ViewPage } from '../../ui/view-page.tsx'
import { AuditTable } from './audit-table.tsx'

const ROLES = [
  ['', 'Anybody'],
  ['admin', 'Admins'],
  ['dispatcher', 'Dispatchers'],
  ['service', 'Servers'],
] as const

const NOTHING = { actor_role: '', action: '', target: '', after: '', before: '' }
type Filters = typeof NOTHING

export function AuditView() {
  const [filters, setFilters] = useState<Filters>(NOTHING)
  const list = useList<Act>(pathOf(useSettled(filters)))
  const set = (name: keyof Filters) => (value: string) => setFilters(now => ({ ...now, [name]: value }))
  return (
    <ViewPage title="Audit log" about="What admins, dispatchers and servers did to the deployment, newest first.">
      <search class="filters">
        <SelectField label="Who" value={filters.actor_role} options={ROLES} onValue={set('actor_role')} />
        <TextField label="Act" type="search" value={filters.action} onValue={set('action')} hint="As key.create" />
        <TextField label="Of" type="search" value={filters.target} onValue={set('target')} hint="The whole id" />
        <TextField label="From" type="datetime-local" value={filters.after} onValue={set('after')} />
        <TextField label="To" type="datetime-local" value={filters.before} onValue={set('before')} />
      </search>
      <ListBody list={list} empty={<EmptyState title="Nothing of that kind was done" />}>
        {rows => <AuditTable rows={rows} />}
      </ListBody>
    </ViewPage>
  )
}

function pathOf(filters: Filters): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(filters)) {
    const sent = name === 'after' || name === 'before' ? fromLocalInput(value) : value.trim()
    if (sent !== null && sent !== '') query.set(name, sent)
  }
  return query.size === 0 ? '/v1/audit-log' : `/v1/audit-log?${query}`
}
