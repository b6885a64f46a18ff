/** Hands the way over to the app that the courier likes: a link, no script of anybody. */
export const MAP_APPS = ['geo', 'google', 'apple', 'waze'] as const
export type MapApp = (typeof MAP_APPS)[number]

export const MAP_APP_NAME: Readonly<Record<MapApp, string>> = {
  geo: 'This phone',
  google: 'Google',
  apple: 'Apple',
  waze: 'Waze',
}

interface Target {
  readonly latitude: number
  readonly longitude: number
}

export function mapLink(app: MapApp, { latitude, longitude }: Target): string {
  const at = `${latitude.toFixed(6)},${longitude.toFixed(6)}`
  switch (app) {
    case 'geo':
      return `geo:${at}?q=${at}`
    case 'google':
      return `https://www.google.com/maps/dir/?api=1&travelmode=driving&destination=${at}`
    case 'apple':
      return `https://maps.apple.com/?dirflg=d&daddr=${at}`
    case 'waze':
      return `https://waze.com/ul?navigate=yes&ll=${at}`
  }
}

export function isMapApp(text: string | null): text is MapApp {
  return MAP_APPS.some(app => app === text)
}

/** iPhones do not know `geo:`. */
export function usualMapApp(userAgent: string): MapApp {
  return /iPhone|iPad|Macintosh/.test(userAgent) ? 'apple' : /Android/.test(userAgent) ? 'geo' : 'google'
}
