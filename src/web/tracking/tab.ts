/** The tab of the page: its title and its icon say how the order stands, for whoever has gone to another one. */
import type { OrderStatus } from '../../domain/order-lifecycle.ts'
import type { Eta } from './eta.ts'
import { STEPS, type Step } from './steps.ts'
import type { Texts } from './texts.ts'

export function titleOf(texts: Texts, status: OrderStatus, eta: Eta | null): string {
  const short = texts.shortStatus[status]
  return eta?.kind === 'in' ? `${texts.minutes(eta.minutes)} · ${short}` : `${short} · ${texts.title}`
}

const HONEY = '#d98a00'
const DONE = '#1d8a62'
const OVER = '#77818a'
/** Around 13. */
const RING = 2 * Math.PI * 13

/** A ring that fills with the order's way; a tick when it is delivered, a bar when it is over otherwise. */
export function iconOf(status: OrderStatus, steps: readonly Step[]): string {
  const share = steps.filter(({ state }) => state !== 'ahead').length / STEPS.length
  const svg = (inner: string) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${inner}</svg>`
  const disc = (colour: string, sign: string) =>
    `<circle cx="16" cy="16" r="15" fill="${colour}"/><path d="${sign}" fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/>`
  if (status === 'delivered') return asUrl(svg(disc(DONE, 'M9 17l5 5 9-11')))
  if (status === 'cancelled' || status === 'expired') return asUrl(svg(disc(OVER, 'M9 16h14')))
  const ring = (colour: string, dash: string) =>
    `<circle cx="16" cy="16" r="13" fill="none" stroke="${colour}" stroke-width="6" ${dash}/>`
  const filled = ring(HONEY, `stroke-dasharray="${RING * share} ${RING}" transform="rotate(-90 16 16)"`)
  return asUrl(svg(`${ring('#c9ced3', '')}${filled}`))
}

function asUrl(svg: string): string {
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}
