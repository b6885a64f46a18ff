/** Rings for an offer: a sound made here, no file, and the motor. Browsers let a page do either only after somebody has touched it. */
import { signal } from '@preact/signals'

const RING_EVERY_MS = 1_400
const RING_HZ = [880, 1_175] as const
const GOOD_HZ = [660, 880] as const
const BAD_HZ = [330, 220] as const
const NOTE_S = 0.18
const VOLUME = 0.25

export class Alarm {
  readonly isUnlocked = signal(!('AudioContext' in window))
  #context: AudioContext | null = null
  #timer: ReturnType<typeof setInterval> | null = null

  /** Within a gesture. */
  unlock(): void {
    if (!('AudioContext' in window)) return
    const context = this.#context ?? new AudioContext()
    this.#context = context
    // The system stops it during a call, and the next touch starts it again.
    context.onstatechange = () => {
      this.isUnlocked.value = context.state === 'running'
    }
    this.isUnlocked.value = context.state === 'running'
    if (context.state === 'suspended') void context.resume()
  }

  ring(isWanted: boolean): void {
    if (isWanted === (this.#timer !== null)) return
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    if (!isWanted) {
      shake(0)
      return
    }
    const once = () => {
      this.#play(RING_HZ)
      shake([250, 120, 250])
    }
    once()
    this.#timer = setInterval(once, RING_EVERY_MS)
  }

  buzz(tone: 'good' | 'bad'): void {
    this.#play(tone === 'good' ? GOOD_HZ : BAD_HZ)
    shake(tone === 'good' ? [120] : [400, 150, 400])
  }

  #play(notesHz: readonly number[]): void {
    const context = this.#context
    if (context?.state !== 'running') return
    notesHz.forEach((hz, i) => {
      const [note, gain] = [context.createOscillator(), context.createGain()]
      const fromS = context.currentTime + i * NOTE_S
      note.frequency.value = hz
      gain.gain.setValueAtTime(VOLUME, fromS)
      gain.gain.exponentialRampToValueAtTime(0.001, fromS + NOTE_S)
      note.connect(gain).connect(context.destination)
      note.start(fromS)
      note.stop(fromS + NOTE_S)
    })
  }
}

function shake(pattern: number | number[]): void {
  if (navigator.userActivation?.hasBeenActive && 'vibrate' in navigator) navigator.vibrate(pattern)
}
