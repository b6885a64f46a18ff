import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { EmptyState } from '../ui/empty-state.tsx'
import { ViewPage } from '../ui/view-page.tsx'
import { may, me } from './me.ts'
import type { ViewName } from './route.ts'
import { route } from './router.ts'
import { LOADERS } from './view-loaders.ts'
import { VIEWS } from './views-list.ts'

type Away = Exclude<ViewName, 'map'>
type View = ComponentType<{ id: string | null }>
type Loaded = { readonly name: Away; readonly view: View | null }

/** The view beside the map that is looked at; it is fetched when it is first wanted. */
export function ViewSwitch({ name }: { name: Away }) {
  const [loaded, setLoaded] = useState<Loaded | null>(null)
  useEffect(() => {
    let isOver = false
    const put = (view: View | null) => {
      if (!isOver) setLoaded({ name, view })
    }
    LOADERS[name]().then(put, () => put(null))
    return () => {
      isOver = true
    }
  }, [name])
  const { label = '', needs = null } = VIEWS.find(entry => entry.name === name) ?? {}
  if (me.value !== null && needs !== null && !may(needs)) return <NotForYou label={label} role={me.value.role} />
  if (loaded === null || loaded.name !== name || me.value === null) return <Waiting label={label} />
  const { view: View } = loaded
  return View === null ? <Gone label={label} /> : <View key={name} id={route.value.id} />
}

function Waiting({ label }: { label: string }) {
  return (
    <div class="view" aria-busy="true">
      <div class="view-inner">
        <p class="reading">Opening {label.toLowerCase()} …</p>
      </div>
    </div>
  )
}

function NotForYou({ label, role }: { label: string; role: string }) {
  return (
    <ViewPage title={label}>
      <EmptyState title="This is not open to your role">
        <p>You are signed in as {role}. An admin can look at it, or give you a key that may.</p>
      </EmptyState>
    </ViewPage>
  )
}

/** The node was updated, and has no longer the files of this page: or it cannot be reached. */
function Gone({ label }: { label: string }) {
  return (
    <ViewPage title={label}>
      <EmptyState title="This view could not be fetched">
        <p>The node cannot be reached, or has a newer version of the console.</p>
        <button type="button" onClick={() => location.reload()}>
          Load the console again
        </button>
      </EmptyState>
    </ViewPage>
  )
}
