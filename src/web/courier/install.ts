/** Browsers that can install the page say so, and wait for a tap. Others have it in their own menu. */
import { signal } from '@preact/signals'

interface InstallPrompt extends Event {
  prompt(): Promise<unknown>
}

export const installable = signal<InstallPrompt | null>(null)

addEventListener('beforeinstallprompt', event => {
  event.preventDefault()
  installable.value = event as InstallPrompt
})
addEventListener('appinstalled', () => {
  installable.value = null
})

export async function install(): Promise<void> {
  await installable.value?.prompt()
  installable.value = null
}
