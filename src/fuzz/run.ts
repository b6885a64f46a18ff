/** Requests, then frames, then whether the node is as it was. */
import { readDocuments } from '../contract/documents.ts'
import type { Finding } from './finding.ts'
import { type FramesReport, sendFrames } from './frames.ts'
import { type Health, readHealth, worsened } from './health.ts'
import { makeObjects } from './objects.ts'
import { type RequestsReport, sendRequests } from './requests.ts'

export interface FuzzPlan {
  readonly url: string
  readonly token: string
  readonly seed: number
  readonly requests: number
  readonly frames: number
}

export interface FuzzReport {
  readonly requests: Omit<RequestsReport, 'findings'>
  readonly frames: Omit<FramesReport, 'findings'>
  readonly before: Health
  readonly after: Health
  readonly findings: readonly Finding[]
}

/** A node hears a little later than its client that a socket is closed. */
const SOCKETS_CLOSE_MAX_MS = 5_000
const POLL_MS = 50

export async function runFuzz(plan: FuzzPlan): Promise<FuzzReport> {
  const { openApi, asyncApi } = await readDocuments(plan.url)
  const before = await readHealth(plan.url, plan.token)
  const { findings: ofRequests, ...requests } = await sendRequests(
    { ...plan, ids: await makeObjects(plan.url, plan.token) },
    openApi,
  )
  const { findings: ofFrames, ...frames } = await sendFrames(plan, asyncApi)
  const after = await settledHealth(plan, before)
  const ofNode = worsened(before, after).map(what => ({ what, label: 'the node', sent: '', fault: 'all of it' }))
  return { requests, frames, before, after, findings: [...ofRequests, ...ofFrames, ...ofNode] }
}

async function settledHealth({ url, token }: FuzzPlan, before: Health): Promise<Health> {
  const endMs = Date.now() + SOCKETS_CLOSE_MAX_MS
  for (;;) {
    const health = await readHealth(url, token)
    if (health.socketsOpen <= before.socketsOpen || Date.now() > endMs) return health
    await Bun.sleep(POLL_MS)
  }
}
