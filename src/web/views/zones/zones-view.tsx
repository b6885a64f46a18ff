import { useEffect } from 'preact/hooks'
import { currentMap, isMapReady } from '../../console/map-view.tsx'
import { chosenId, zones } from '../../console/zones-on-map.ts'
import type { Zone } from '../../shared/manage.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ZoneEditor } from './zone-editor.tsx'
import { ZoneList } from './zone-list.tsx'
import { placesOf } from './zone-places.ts'

const NEW = 'new'

/** Beside the map and not over it: what is chosen here is shown there, and drawn there. `id`: of a zone, or `new`. */
export function ZonesView({ id }: { id: string | null }) {
  const zone = zones.value?.find(each => each.zone_id === id) ?? null
  useEffect(() => {
    chosenId.value = zone?.zone_id ?? null
    return () => {
      chosenId.value = null
    }
  }, [zone?.zone_id])
  const isReady = isMapReady.value
  useEffect(() => {
    if (zone !== null && isReady) goTo(zone)
  }, [zone?.zone_id, isReady])
  if (id === null) return <ZoneList />
  if (id === NEW) return <ZoneEditor key={NEW} zone={null} />
  if (zone !== null) return <ZoneEditor key={zone.zone_id} zone={zone} />
  return (
    <section class="panel zones-panel">
      <EmptyState title={zones.value === null ? 'Reading the zones …' : 'There is no such zone'}>
        <a href="#/zones" class="plain-link">
          All zones
        </a>
      </EmptyState>
    </section>
  )
}

function goTo(zone: Zone): void {
  currentMap()?.goTo(placesOf(zone.geometry))
}
