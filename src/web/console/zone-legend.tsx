import { ZONE_KINDS, type ZoneKind } from '../shared/manage.ts'
import { hiddenKinds, toggleKind, zones } from './zones-on-map.ts'

export const KIND_WORDS: Readonly<Record<ZoneKind, string>> = {
  service_area: 'Service area',
  price_area: 'Price area',
  geofence: 'Geofence',
}

/** The kinds that there are, each to be shown or not. Entries of the legend. */
export function ZoneLegend() {
  const kinds = ZONE_KINDS.filter(kind => zones.value?.some(zone => zone.kind === kind))
  return (
    <>
      {kinds.map(kind => (
        <li key={kind} class="legend-zone">
          <label>
            <input type="checkbox" checked={!hiddenKinds.value.has(kind)} onChange={() => toggleKind(kind)} />
            <span class={`zone-swatch zone-swatch-${kind}`} aria-hidden="true" />
            {KIND_WORDS[kind]}
          </label>
        </li>
      ))}
    </>
  )
}
