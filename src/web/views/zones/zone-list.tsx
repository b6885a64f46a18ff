import { useState } from 'preact/hooks'
import { may } from '../../console/me.ts'
import { hrefOf } from '../../console/route.ts'
import { KIND_WORDS } from '../../console/zone-legend.tsx'
import { isCut, zones } from '../../console/zones-on-map.ts'
import type { Zone } from '../../shared/manage.ts'
import { ZONE_KINDS } from '../../shared/manage.ts'
import { plain } from '../../shared/words.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ViewHeading } from '../../ui/view-heading.tsx'

const KINDS = ['all', ...ZONE_KINDS] as const
const SHORT: Readonly<Record<(typeof KINDS)[number], string>> = {
  all: 'All',
  service_area: 'Service',
  price_area: 'Price',
  geofence: 'Fences',
}

export function ZoneList() {
  const [kind, setKind] = useState<(typeof KINDS)[number]>('all')
  const all = zones.value
  const listed = (all ?? []).filter(zone => kind === 'all' || zone.kind === kind)
  return (
    <section class="panel zones-panel" aria-label="Zones">
      <div class="panel-head">
        <div class="zones-head">
          <ViewHeading>Zones</ViewHeading>
          {may('POST /v1/zones') && (
            <a class="button primary" href={hrefOf('zones', 'new')}>
              Draw a zone
            </a>
          )}
        </div>
        <fieldset class="tabs">
          <legend class="unseen">Which zones</legend>
          {KINDS.map(each => (
            <button key={each} type="button" aria-pressed={kind === each} onClick={() => setKind(each)}>
              {SHORT[each]}
            </button>
          ))}
        </fieldset>
      </div>
      {all === null && <p class="reading">Reading the zones …</p>}
      {all !== null && listed.length === 0 && (
        <EmptyState title="None here">
          <p>While there is no service area, everywhere is served.</p>
        </EmptyState>
      )}
      <ul class="rows">
        {listed.map(zone => (
          <li key={zone.zone_id}>
            <ZoneRow zone={zone} />
          </li>
        ))}
      </ul>
      {isCut.value && <p class="more">There are more; the newest are shown.</p>}
    </section>
  )
}

function ZoneRow({ zone: { zone_id, name, kind, dwell_s } }: { zone: Zone }) {
  return (
    <a class="row" href={hrefOf('zones', zone_id)}>
      <span class={`zone-swatch zone-swatch-${kind}`} aria-hidden="true" />
      <span class="row-main">
        <strong>{name}</strong>
        <small>
          {KIND_WORDS[kind] ?? plain(kind)}
          {dwell_s === null ? '' : ` · tells of whoever stays ${dwell_s} s`}
        </small>
      </span>
    </a>
  )
}
