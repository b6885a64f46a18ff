/** The worker that keeps this page on the phone, and what it says of newer versions. */
import { signal } from '@preact/signals'

/** The node has a newer page than this one, and it is on the phone. */
export const isNewer = signal(false)

/** An installed page may be open for days. */
const LOOK_EVERY_MS = 3_600_000

/** Unencrypted pages have no worker: those need a network to open. */
export async function keepInstalled(): Promise<void> {
  if (!('serviceWorker' in navigator)) return
  const { serviceWorker } = navigator
  // The first one that takes over is of this very page.
  let isOwn = serviceWorker.controller === null
  serviceWorker.addEventListener('controllerchange', () => {
    isNewer.value ||= !isOwn
    isOwn = false
  })
  try {
    const registration = await serviceWorker.register('/courier-worker.js', {
      scope: '/courier',
      updateViaCache: 'none',
    })
    setInterval(() => void registration.update().catch(() => undefined), LOOK_EVERY_MS)
  } catch {
    // Some private windows allow none; the page works as long as it is open.
    isNewer.value = false
  }
}
