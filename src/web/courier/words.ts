import type { Place } from '../shared/views.ts'

export function placeWords({ address, latitude, longitude }: Place): string {
  return address ?? `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`
}

export function minutes(seconds: number): string {
  return `${Math.max(1, Math.round(seconds / 60))} min`
}

export function clockWords(instant: string): string {
  return new Date(instant).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })
}
