import { useState } from 'preact/hooks'
import { may } from '../../console/me.ts'
import type { ApiKey, MadeKey } from '../../shared/manage.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ListBody } from '../../ui/list-body.tsx'
import { SecretOnce } from '../../ui/secret-once.tsx'
import { useList } from '../../ui/use-list.ts'
import { ViewPage } from '../../ui/view-page.tsx'
import { KeyForm } from './key-form.tsx'
import { KeyTable } from './key-table.tsx'
import { RevokeKey } from './revoke-key.tsx'
import { RotateKey } from './rotate-key.tsx'

type Open =
  | { readonly kind: 'new' }
  | { readonly kind: 'rotate' | 'revoke'; readonly key: ApiKey }
  | { readonly kind: 'secret'; readonly made: MadeKey }

export function KeysView() {
  const [open, setOpen] = useState<Open | null>(null)
  const list = useList<ApiKey>('/v1/keys')
  const close = () => setOpen(null)
  const show = (made: MadeKey) => {
    list.reload()
    setOpen({ kind: 'secret', made })
  }
  return (
    <ViewPage
      title="Keys"
      about="For servers, consoles and devices. A secret is shown once, when it is made."
      acts={
        may('POST /v1/keys') && (
          <button type="button" class="primary" onClick={() => setOpen({ kind: 'new' })}>
            New key
          </button>
        )
      }
    >
      <ListBody
        list={list}
        empty={
          <EmptyState title="No keys">
            <p>The one that the node printed at its first start is not among them.</p>
          </EmptyState>
        }
      >
        {rows => (
          <KeyTable
            rows={rows}
            onRotate={key => setOpen({ kind: 'rotate', key })}
            onRevoke={key => setOpen({ kind: 'revoke', key })}
          />
        )}
      </ListBody>
      {open?.kind === 'new' && <KeyForm onMade={show} onClose={close} />}
      {open?.kind === 'rotate' && <RotateKey apiKey={open.key} onMade={show} onClose={close} />}
      {open?.kind === 'revoke' && <RevokeKey apiKey={open.key} onDone={list.reload} onClose={close} />}
      {open?.kind === 'secret' && (
        <SecretOnce title={`The secret of ${open.made.name}`} secret={open.made.secret} onClose={close} />
      )}
    </ViewPage>
  )
}
