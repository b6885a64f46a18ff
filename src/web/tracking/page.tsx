import type { ComponentChildren } from 'preact'
import { clockTime, dayAndTime } from './clock-words.ts'
import { MapBox } from './map-box.tsx'
import * as state from './state.ts'
import type { Step } from './steps.ts'

const { texts } = state

export function Page() {
  const known = state.tracked.value
  return (
    <>
      <Announcement />
      {state.line.value === 'gone' ? <Gone /> : known === null ? <Waiting /> : <Order />}
    </>
  )
}

/** By itself: whatever else changes on the page, this is not written anew, and so not read out. */
function Announcement() {
  return (
    <p class="unseen" role="status" aria-live="polite">
      {state.announcement.value}
    </p>
  )
}

function Gone() {
  return (
    <Calm sign="M10 16h12">
      <h1>{texts.gone.headline}</h1>
      <p>{texts.gone.detail}</p>
    </Calm>
  )
}

function Waiting() {
  const isStuck = state.isCutOff.value
  return (
    <Calm sign="M16 9v7l5 3">
      <h1>{isStuck ? texts.line[state.line.value] : texts.loading}</h1>
      {isStuck && <p>{texts.cannotStart}</p>}
    </Calm>
  )
}

/** One sentence in the middle of the page. */
function Calm({ sign, children }: { sign: string; children: ComponentChildren }) {
  return (
    <main class="calm">
      <svg class="calm-sign" viewBox="0 0 32 32" aria-hidden="true">
        <circle cx="16" cy="16" r="14" />
        <path d={sign} />
      </svg>
      {children}
    </main>
  )
}

function Order() {
  return (
    <main class={state.isOver.value ? 'order order-over' : 'order'}>
      <div class="words">
        <CutOff />
        <Hero />
        {!state.isOver.value && <Pin />}
        {!state.isOver.value && <Courier />}
        <Steps />
        <Foot />
      </div>
      {!state.isOver.value && <MapBox />}
    </main>
  )
}

function CutOff() {
  if (!state.isCutOff.value) return null
  return (
    <p class="cut-off">
      <strong>{texts.line[state.line.value]}.</strong>{' '}
      {texts.asOf(clockTime(new Date(state.heardAtMs.value).toISOString()))}
    </p>
  )
}

function Hero() {
  const known = state.tracked.value
  if (known === null) return null
  const { status, scheduled_at, proof } = known.order
  const endedAt = known.timeline.findLast(moment => moment.status === status)?.at ?? null
  const detail = texts.detail(status, {
    scheduledFor: scheduled_at === null ? null : dayAndTime(scheduled_at),
    endedAt: endedAt === null ? null : clockTime(endedAt),
    proof,
  })
  return (
    <header class={`hero hero-${status}`}>
      {state.isOver.value && <EndSign isDelivered={status === 'delivered'} />}
      <h1>{state.headline.value}</h1>
      {!state.isOver.value && (detail === null || state.eta.value?.kind !== 'unknown') && <EtaWords />}
      {detail !== null && <p class="detail">{detail}</p>}
      {!state.isOver.value && <Progress />}
    </header>
  )
}

function EndSign({ isDelivered }: { isDelivered: boolean }) {
  return (
    <svg class={isDelivered ? 'end-sign end-sign-well' : 'end-sign'} viewBox="0 0 32 32" aria-hidden="true">
      <circle cx="16" cy="16" r="14.5" />
      <path d={isDelivered ? 'M9.5 16.5l4.5 4.5 8.5-10' : 'M10 16h12'} />
    </svg>
  )
}

function EtaWords() {
  const eta = state.eta.value
  if (eta === null) return null
  const { large, small } = texts.eta(eta, eta.kind === 'unknown' ? '' : clockTime(eta.at))
  return (
    <p class="eta">
      {eta.kind !== 'unknown' && <strong>{large}</strong>}
      <span>{small}</span>
    </p>
  )
}

/** The ways from step to step, in one line; the list below says the same in words. */
function Progress() {
  const steps = state.steps.value
  return (
    <div class="progress" aria-hidden="true">
      {steps.slice(0, -1).map(({ name, state: stepState }) => (
        <i key={name} class={`bar bar-${stepState}`} />
      ))}
    </div>
  )
}

function Pin() {
  const pin = state.tracked.value?.order.pin ?? null
  if (pin === null) return null
  return (
    <section class="card pin" aria-labelledby="pin-name">
      <div>
        <h2 id="pin-name">{texts.pin}</h2>
        <p>{texts.pinHint}</p>
      </div>
      <p class="pin-digits">
        <span aria-hidden="true">{pin}</span>
        <span class="unseen">{[...pin].join(' ')}</span>
      </p>
    </section>
  )
}

function Courier() {
  const driver = state.tracked.value?.order.driver ?? null
  if (driver === null) return null
  const age = state.age.value
  const isOld = age?.kind === 'old'
  const words = age === null ? texts.positionUnknown : isOld ? texts.positionOld(age) : texts.positionFresh
  return (
    <section class="card courier" aria-label={texts.courier}>
      <svg class="courier-sign" viewBox="0 0 32 32" aria-hidden="true">
        <circle cx="16" cy="11" r="5" />
        <path d="M6 27c1-6 5-9 10-9s9 3 10 9" />
      </svg>
      <div>
        <h2>{texts.courier}</h2>
        {driver.vehicle_type !== null && <p>{texts.vehicle(driver.vehicle_type)}</p>}
      </div>
      <p class={isOld || age === null ? 'position position-old' : 'position'}>{words}</p>
    </section>
  )
}

function Steps() {
  return (
    <section aria-label={texts.progress}>
      <ol class="steps">
        {state.steps.value.map(step => (
          <StepLine key={step.name} step={step} />
        ))}
      </ol>
    </section>
  )
}

function StepLine({ step: { name, state: stepState, at } }: { step: Step }) {
  const clock = at === null ? null : clockTime(at)
  return (
    <li class={`step step-${stepState}`} aria-current={stepState === 'now' ? 'step' : undefined}>
      <span class="step-name">{texts.step[name]}</span>
      {clock !== null && <span class="step-at">{stepState === 'ahead' ? texts.expected(clock) : clock}</span>}
    </li>
  )
}

function Foot() {
  const orderId = state.tracked.value?.order.order_id ?? ''
  const line = state.line.value
  const words = texts.line[line]
  return (
    <footer class="foot">
      {words !== '' && !state.isCutOff.value && <span class={`line line-${line}`}>{words}</span>}
      <span>{texts.orderName(orderId.slice(-6).toUpperCase())}</span>
    </footer>
  )
}
