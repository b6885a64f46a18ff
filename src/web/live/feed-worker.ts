/**
 * The live feed of the fleet, in a thread of its own: a message for each position of each vehicle would take the page's frames. It
 * connects again by itself, and asks for a new snapshot wherever it is told that something was left out, so that no vehicle is lost.
 *
 * Ages are measured from arrival by this machine's clock: that of a server, which may go wrong by minutes, says nothing here.
 */
import { mercatorX, mercatorY } from '../map/mercator.ts'
import { type FeedState, type FromFeed, statusCode, type ToFeed } from './feed-batch.ts'

const FLEET = 'fleet'
/** Ten times a second is smooth: the page draws the way between two fixes by itself. */
const BATCH_MS = 100
const RETRY_FIRST_MS = 500
const RETRY_MAX_MS = 15_000
/** A reader that is slow for long would else ask for snapshots all the time. */
const RESYNC_MS = 3_000
/** A fleet at work is never silent for so long; one at rest is asked how it is. */
const ASK_AFTER_MS = 10_000
const GIVE_UP_AFTER_MS = 20_000
const LISTEN_EVERY_MS = 4_000

interface Fix {
  readonly driver_id: string
  readonly longitude: number
  readonly latitude: number
  readonly heading: number | null
  readonly recorded_at: string
  readonly received_at: string
}

const indexes = new Map<string, number>()
const pending = { added: [] as string[], fixes: [] as number[], statuses: [] as number[] }
let retryMs = RETRY_FIRST_MS
let retry: ReturnType<typeof setTimeout> | undefined
let isResyncing = false
let socket: WebSocket | null = null
/** Null: none is watched. */
let watchedOrder: string | null = null
let heardAtMs = 0

function say(message: FromFeed, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer })
}

function tell(state: FeedState, sinceMs = Date.now()): void {
  say({ kind: 'state', state, sinceMs })
}

function indexOf(driverId: string): number {
  const known = indexes.get(driverId)
  if (known !== undefined) return known
  const index = indexes.size
  indexes.set(driverId, index)
  pending.added.push(driverId)
  return index
}

function takeFix(fix: Fix, seenAtMs: number): void {
  const { longitude, latitude, heading } = fix
  pending.fixes.push(indexOf(fix.driver_id), mercatorX(longitude), mercatorY(latitude), heading ?? -1, seenAtMs)
}

function takeStatus(driverId: string, status: unknown, orderId: unknown): void {
  pending.statuses.push(indexOf(driverId), statusCode(status), typeof orderId === 'string' ? 1 : 0)
}

function flush(): void {
  if (pending.added.length + pending.fixes.length + pending.statuses.length === 0) return
  const fixes = new Float64Array(pending.fixes)
  const statuses = new Float64Array(pending.statuses)
  say({ kind: 'batch', added: pending.added, fixes, statuses }, [fixes.buffer, statuses.buffer])
  pending.added = []
  pending.fixes.length = 0
  pending.statuses.length = 0
}

interface Current extends Fix {
  readonly age_ms: number
  readonly status: string | null
  readonly order_id: string | null
}

function takeSnapshot(drivers: readonly Current[]): void {
  const now = Date.now()
  for (const driver of drivers) {
    takeFix(driver, now - driver.age_ms)
    takeStatus(driver.driver_id, driver.status, driver.order_id)
  }
}

function onMessage(socket: WebSocket, text: string): void {
  const message = JSON.parse(text)
  switch (message.type) {
    case 'location': {
      const fix: Fix = message.data
      const delayMs = Date.parse(fix.received_at) - Date.parse(fix.recorded_at)
      takeFix(fix, Date.now() - Math.max(0, delayMs))
      return
    }
    case 'driver':
      takeStatus(message.data.driver_id, message.data.status, message.data.order_id)
      return
    case 'order':
      say({ kind: 'order', order: message.data })
      return
    case 'subscribed':
      if (message.topic !== FLEET) {
        say({ kind: 'order', order: message.snapshot })
        return
      }
      takeSnapshot(message.snapshot.drivers)
      retryMs = RETRY_FIRST_MS
      tell('live')
      return
    case 'gap':
      if (message.topic !== FLEET) {
        subscribe(socket, message.topic)
        return
      }
      if (isResyncing) return
      isResyncing = true
      tell('catching_up')
      setTimeout(() => {
        isResyncing = false
        subscribe(socket)
      }, RESYNC_MS)
  }
}

function subscribe(socket: WebSocket, topic = FLEET): void {
  ask(socket, 'subscribe', topic)
}

function ask(socket: WebSocket, type: 'subscribe' | 'unsubscribe', topic: string): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type, topics: [topic] }))
}

function watch(orderId: string | null): void {
  if (watchedOrder === orderId) return
  if (socket !== null && watchedOrder !== null) ask(socket, 'unsubscribe', `order:${watchedOrder}`)
  watchedOrder = orderId
  if (socket !== null && orderId !== null) subscribe(socket, `order:${orderId}`)
}

function open(url: string): void {
  clearTimeout(retry)
  retry = undefined
  const opened = new WebSocket(url)
  socket = opened
  heardAtMs = Date.now()
  opened.onopen = () => {
    subscribe(opened)
    if (watchedOrder !== null) subscribe(opened, `order:${watchedOrder}`)
  }
  opened.onmessage = event => {
    heardAtMs = Date.now()
    onMessage(opened, event.data)
  }
  opened.onclose = () => lost(opened, url)
}

/** @param gone  one that nobody waits for any more is not missed. */
function lost(gone: WebSocket, url: string): void {
  if (socket !== gone) return
  socket = null
  isResyncing = false
  tell('waiting', heardAtMs)
  retry = setTimeout(() => open(url), retryMs * (0.5 + Math.random() / 2))
  retryMs = Math.min(RETRY_MAX_MS, retryMs * 2)
}

/** A network that has swallowed the connection tells nobody: who hears nothing asks, and who is not answered connects again. */
function listenForSilence(url: string): void {
  const silentMs = Date.now() - heardAtMs
  if (socket === null || silentMs < ASK_AFTER_MS) return
  if (silentMs < GIVE_UP_AFTER_MS) {
    subscribe(socket)
    return
  }
  const silent = socket
  lost(silent, url)
  silent.close()
}

self.onmessage = ({ data }: MessageEvent<ToFeed>) => {
  if (data.kind === 'open') begin(data.url)
  else watch(data.orderId)
}

function begin(url: string): void {
  setInterval(flush, BATCH_MS)
  setInterval(() => listenForSilence(url), LISTEN_EVERY_MS)
  tell('connecting')
  open(url)
  // The machine's network is back: nobody waits for the next try.
  self.addEventListener('online', () => {
    if (socket !== null) return
    retryMs = RETRY_FIRST_MS
    open(url)
  })
}
