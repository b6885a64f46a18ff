import { useState } from 'preact/hooks'
import { SCOPES } from '../../../domain/scopes.ts'
import { ROLES } from '../../shared/known-names.ts'
import type { MadeKey } from '../../shared/manage.ts'
import { fromLocalInput, plain } from '../../shared/words.ts'
import { CheckList } from '../../ui/check-list.tsx'
import { TextField } from '../../ui/field.tsx'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { SelectField } from '../../ui/select-field.tsx'
import { errorAt, useSubmit } from '../../ui/use-submit.ts'

const ROLE_OPTIONS = ROLES.map(role => [role, plain(role)] as const)
const MODES = [
  ['live', 'Live'],
  ['test', 'Test: sees and makes test data alone'],
] as const

export function KeyForm({ onMade, onClose }: { onMade: (made: MadeKey) => void; onClose: () => void }) {
  const [name, setName] = useState('')
  const [role, setRole] = useState<string>('service')
  const [mode, setMode] = useState('live')
  const [sub, setSub] = useState('')
  const [expires, setExpires] = useState('')
  const [scopes, setScopes] = useState<readonly string[]>([])
  const submit = useSubmit()
  const isSomebody = role === 'driver' || role === 'customer'
  const save = async () => {
    const body = {
      name,
      role,
      mode,
      sub: sub.trim() === '' ? null : sub.trim(),
      scopes: scopes.length === 0 ? null : scopes,
      expires_at: fromLocalInput(expires),
    }
    const made = await submit.send<MadeKey>({ method: 'POST', path: '/v1/keys', body })
    if (made !== null) onMade(made)
  }
  const error = (path: string) => errorAt(submit.fields, path)
  return (
    <FormDialog title="New key" yes="Make the key" submit={submit} onSave={() => void save()} onClose={onClose} isWide>
      <TextField
        label="Name"
        value={name}
        onValue={setName}
        hint="What it is for: it stands in the audit log"
        error={error('/name')}
        isRequired
      />
      <div class="form-row">
        <SelectField label="Role" value={role} options={ROLE_OPTIONS} onValue={setRole} error={error('/role')} />
        <SelectField label="Mode" value={mode} options={MODES} onValue={setMode} error={error('/mode')} />
        <TextField
          label={isSomebody ? `Id of the ${role}` : 'Speaks for'}
          value={sub}
          onValue={setSub}
          {...(isSomebody ? {} : { hint: 'May be left empty' })}
          error={error('/sub')}
        />
        <TextField
          label="Good until"
          type="datetime-local"
          value={expires}
          onValue={setExpires}
          hint="Left empty: until it is revoked"
          error={error('/expires_at')}
        />
      </div>
      <CheckList
        legend="Narrowed to"
        options={SCOPES}
        chosen={scopes}
        onChosen={setScopes}
        hint="None: everything that its role may do"
        error={error('/scopes')}
      />
    </FormDialog>
  )
}
