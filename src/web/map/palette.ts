/** Colours of vehicles: by status, told apart in light and dark, and by those who see red and green alike. */
import type { VehicleColours } from './vehicle-layer.ts'

export function isDark(): boolean {
  return matchMedia('(prefers-color-scheme: dark)').matches
}

export function coloursOf(): VehicleColours {
  const hex = isDark()
    ? {
        available: '#3fb58a',
        offered: '#f0a93a',
        busy: '#dfe4e8',
        paused: '#6f7d8a',
        old: '#59636d',
        outline: '#14181d',
      }
    : {
        available: '#1d8a62',
        offered: '#d98a00',
        busy: '#2b3742',
        paused: '#8b97a2',
        old: '#a3a9ae',
        outline: '#ffffff',
      }
  return {
    byStatus: [hex.available, hex.offered, hex.busy, hex.paused, hex.paused].map(rgb),
    stale: rgb(hex.old),
    outline: rgb(hex.outline),
  }
}

function rgb(hex: string): [number, number, number] {
  const at = (i: number) => Number.parseInt(hex.slice(i, i + 2), 16) / 255
  return [at(1), at(3), at(5)]
}
