import { useState } from 'preact/hooks'
import { isMapApp, MAP_APP_NAME, MAP_APPS, type MapApp, mapLink, usualMapApp } from './core/map-links.ts'
import { keepMapApp, keptMapApp } from './keep.ts'

/** Hands over to the courier's own map: a link, which the phone opens. */
export function Navigate({ target }: { target: { readonly latitude: number; readonly longitude: number } }) {
  const kept = keptMapApp()
  const [app, setApp] = useState<MapApp>(isMapApp(kept) ? kept : usualMapApp(navigator.userAgent))
  const choose = (chosen: string) => {
    if (!isMapApp(chosen)) return
    keepMapApp(chosen)
    setApp(chosen)
  }
  return (
    <div class="navigate">
      <a class="big" href={mapLink(app, target)} target="_blank" rel="noreferrer">
        Navigate
      </a>
      <label class="unseen" for="map-app">
        Map app
      </label>
      <select id="map-app" value={app} onChange={event => choose(event.currentTarget.value)}>
        {MAP_APPS.map(each => (
          <option key={each} value={each}>
            {MAP_APP_NAME[each]}
          </option>
        ))}
      </select>
    </div>
  )
}
