import { useState } from 'preact/hooks'
import type { CourierState } from './core/state.ts'
import type { Courier } from './courier.ts'
import { PhoneSheet } from './phone-sheet.tsx'
import { isPretending } from './pretend.ts'

export function TopBar({ courier }: { courier: Courier }) {
  const [isOpen, setOpen] = useState(false)
  const state = courier.state.value
  const { tone, text } = dutyWords(state)
  const { waiting } = courier.positions.counts.value
  return (
    <header class="top">
      <p class={`duty duty-${tone}`} role="status">
        {text}
      </p>
      <button type="button" class="plain" onClick={() => setOpen(true)} aria-haspopup="dialog">
        {waiting > 1 ? `${waiting} waiting` : state.driverId}
        <span class="unseen">: this phone, positions and sign out</span>
      </button>
      {isPretending.value && <p class="strip">Pretended position: for trying out, not your own.</p>}
      {state.link !== 'open' && state.access === 'good' && (
        <p class="strip strip-off" role="status">
          No connection. What you tap and where you are is kept, and sent when it is back.
        </p>
      )}
      {isOpen && <PhoneSheet courier={courier} onClose={() => setOpen(false)} />}
    </header>
  )
}

interface DutyWords {
  readonly tone: 'on' | 'off' | 'between'
  readonly text: string
}

/** What the node has said, never what was only wanted. */
function dutyWords({ access, duty, errands, jobs, link }: CourierState): DutyWords {
  if (access === 'refused') return { tone: 'off', text: 'Not signed in' }
  const isAsked = errands.some(({ what }) => what.kind === 'duty')
  if (isAsked) return { tone: 'between', text: duty.wanted === 'available' ? 'Going online …' : 'Going off …' }
  if (duty.wanted === 'offline') return { tone: 'off', text: jobs.length > 0 ? 'Offline after this' : 'Offline' }
  if (duty.wanted === 'paused') return { tone: 'off', text: 'On a break' }
  return link === 'open' ? { tone: 'on', text: 'Online' } : { tone: 'between', text: 'Online, not connected' }
}
