import { useState } from 'preact/hooks'
import type { Courier } from './courier.ts'
import { install, installable } from './install.ts'
import { signOut } from './session.ts'
import { Sheet } from './sheet.tsx'

/** What this phone holds, and how to be rid of it. */
export function PhoneSheet({ courier, onClose }: { courier: Courier; onClose: () => void }) {
  const { stored, waiting, dropped, refused } = courier.positions.counts.value
  const { errands, jobs, driverId } = courier.state.value
  return (
    <Sheet title={driverId} onClose={onClose}>
      <dl class="facts">
        <Count name="Positions stored" value={stored} />
        <Count name="Waiting to be stored" value={waiting} />
        {dropped > 0 && <Count name="Lost: no room on this phone" value={dropped} />}
        {refused > 0 && <Count name="Refused by the node" value={refused} />}
        <Count name="Steps not confirmed" value={errands.length} />
      </dl>
      {!courier.positions.isKept.value && (
        <p class="problem">This browser keeps nothing (a private window?): what waits is lost when you close it.</p>
      )}
      {installable.value !== null && (
        <button type="button" class="big" onClick={() => void install()}>
          Install on this phone
        </button>
      )}
      <SignOut waiting={waiting + errands.length} jobs={jobs.length} />
    </Sheet>
  )
}

function Count({ name, value }: { name: string; value: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value.toLocaleString()}</dd>
    </div>
  )
}

/** Twice where something would be lost by it. */
function SignOut({ waiting, jobs }: { waiting: number; jobs: number }) {
  const [stage, setStage] = useState<'closed' | 'sure' | 'leaving'>('closed')
  const leave = async () => {
    setStage('leaving')
    await signOut()
  }
  if (stage === 'leaving') return <p role="status">Signing out …</p>
  if (stage === 'closed') {
    return (
      <button type="button" class="big" onClick={() => setStage('sure')}>
        Sign out
      </button>
    )
  }
  return (
    <section class="choice">
      <h3>Forget everything on this phone?</h3>
      {jobs > 0 && <p class="problem">You still have an order. It stays yours; tell your dispatcher.</p>}
      {waiting > 0 && <p class="problem">{waiting} positions and steps are not stored yet, and would be lost.</p>}
      <button type="button" class="danger" onClick={() => void leave()}>
        Sign out and forget
      </button>
    </section>
  )
}
