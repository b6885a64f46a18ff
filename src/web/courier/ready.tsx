import { Mark } from '../shared/mark.tsx'
import type { Duty } from './core/state.ts'
import type { Courier } from './courier.ts'
import type { PlaceProblem } from './geolocation.ts'
import { isNewer } from './installed.ts'

const NO_PLACE: Readonly<Record<PlaceProblem, string>> = {
  denied:
    'This page may not know where you are, and without that nobody can offer you anything. Allow “Location” for this site in the settings of your browser; it goes on by itself then.',
  unavailable: 'Your phone does not know where it is. Is its location switched on?',
  insecure: 'Browsers tell a page where you are only over HTTPS. Ask your company for the https:// address.',
}

/** Nothing to do at present. */
export function Ready({ courier }: { courier: Courier }) {
  const { duty, link } = courier.state.value
  const set = (status: 'available' | 'paused' | 'offline') => courier.tap({ kind: 'duty', status })
  const isOn = duty.wanted === 'available'
  const isLost = isOn && courier.positions.problemNow.value !== null
  return (
    <>
      <main class="ready">
        <div class={isOn && !isLost && link === 'open' ? 'pulse' : 'pulse pulse-still'}>
          <Mark />
        </div>
        <h1>{titleOf(duty.wanted, isLost)}</h1>
        <p class="quiet">
          {isOn ? 'Keep this page open and the phone awake.' : 'Go online, and offers come to this screen.'}
        </p>
        {isOn && !courier.alarm.isUnlocked.value && (
          <button type="button" onClick={() => courier.alarm.unlock()}>
            Let offers ring
          </button>
        )}
        {isNewer.value && (
          <button type="button" onClick={() => location.reload()}>
            Take the new version
          </button>
        )}
        {duty.problem !== null && (
          <p class="problem" role="alert">
            {duty.problem}
          </p>
        )}
        {isOn && <PlaceTrouble courier={courier} />}
      </main>
      <footer class="acts">
        {isOn ? (
          <div class="pair">
            <button type="button" class="big" onClick={() => set('paused')}>
              Take a break
            </button>
            <button type="button" class="big" onClick={() => set('offline')}>
              Go offline
            </button>
          </div>
        ) : (
          <button type="button" class="big primary" onClick={() => set('available')}>
            Go online
          </button>
        )}
      </footer>
    </>
  )
}

function titleOf(wanted: Duty, isLost: boolean): string {
  if (isLost) return 'Nobody knows where you are'
  if (wanted === 'available') return 'Waiting for an offer'
  return wanted === 'paused' ? 'On a break' : 'You are offline'
}

export function PlaceTrouble({ courier }: { courier: Courier }) {
  const problem = courier.positions.problemNow.value
  if (problem === null) return null
  return (
    <p class="problem" role="alert">
      {NO_PLACE[problem]}
    </p>
  )
}
