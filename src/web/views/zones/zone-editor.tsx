import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { currentMap, isMapReady } from '../../console/map-view.tsx'
import { may } from '../../console/me.ts'
import { go } from '../../console/router.ts'
import { KIND_WORDS } from '../../console/zone-legend.tsx'
import { drawnId, readZones } from '../../console/zones-on-map.ts'
import { closed, type Drawn, drawnFrom, NOTHING_DRAWN } from '../../map/polygon.ts'
import type { Zone, ZoneKind } from '../../shared/manage.ts'
import { ZONE_KINDS } from '../../shared/manage.ts'
import { say } from '../../ui/call.ts'
import { TextField } from '../../ui/field.tsx'
import { FormProblem } from '../../ui/form-problem.tsx'
import { SelectField } from '../../ui/select-field.tsx'
import { errorAt, useSubmit } from '../../ui/use-submit.ts'
import { ViewHeading } from '../../ui/view-heading.tsx'
import { CornerTable, isAtCorner } from './corner-table.tsx'
import { DeleteZone } from './delete-zone.tsx'
import { GeometryText } from './geometry-text.tsx'
import { onlyRing } from './zone-places.ts'
import { requestOf, type ZoneValues, zoneValuesOf } from './zone-request.ts'

const KINDS = ZONE_KINDS.map(kind => [kind, KIND_WORDS[kind]] as const)

/** Null: a new one. What somebody else changes meanwhile is not taken from under whoever edits: only what was changed here is sent. */
export function ZoneEditor({ zone: now }: { zone: Zone | null }) {
  const [zone] = useState(now)
  const ring = zone === null ? [] : onlyRing(zone.geometry)
  const [values, setValues] = useState<ZoneValues>(() => zoneValuesOf(zone))
  const [drawn, setDrawn] = useState<Drawn>(() =>
    ring === null || ring.length === 0 ? NOTHING_DRAWN : drawnFrom(ring),
  )
  const [isDeleting, setDeleting] = useState(false)
  const submit = useSubmit()
  const mayEdit = may(zone === null ? 'POST /v1/zones' : 'PATCH /v1/zones/{zone_id}')
  const isDrawable = ring !== null && mayEdit && values.geometryText === null
  useDrawing({ drawn, onDrawn: setDrawn, zoneId: zone?.zone_id ?? null, isOn: isDrawable })
  const set = (part: Partial<ZoneValues>) => setValues(now => ({ ...now, ...part }))
  const save = async (event: Event) => {
    event.preventDefault()
    // Enter in a field closes the shape as well: whoever saves has drawn it to its end.
    const whole = closed(drawn)
    setDrawn(whole)
    const saved = await submit.send<Zone>(requestOf({ zone, values, drawn: whole, isDrawable }))
    if (saved === null) return
    await readZones()
    say(`${saved.name} is saved. It counts within two seconds.`)
    go('zones')
  }
  const error = (path: string) => errorAt(submit.fields, path)
  return (
    <section class="panel zones-panel" aria-label="Zone">
      <form class="form zone-form" noValidate onSubmit={save}>
        <div class="zones-head">
          <ViewHeading>{zone === null ? 'Draw a zone' : zone.name}</ViewHeading>
          <a class="plain-link" href="#/zones">
            All zones
          </a>
        </div>
        <TextField
          label="Name"
          value={values.name}
          onValue={name => set({ name })}
          error={error('/name')}
          isDisabled={!mayEdit}
          isRequired
        />
        <SelectField
          label="Kind"
          value={values.kind}
          options={KINDS}
          onValue={kind => set({ kind: kind as ZoneKind })}
          hint={KIND_HINTS[values.kind]}
          error={error('/kind')}
          isDisabled={zone !== null || !mayEdit}
        />
        {values.kind === 'geofence' && (
          <TextField
            label="Tell of whoever stays, s"
            inputMode="numeric"
            value={values.dwellS}
            onValue={dwellS => set({ dwellS })}
            hint="10 to 86400; left empty: only of entering and leaving"
            error={error('/dwell_s')}
            isDisabled={!mayEdit}
          />
        )}
        {isDrawable && <CornerTable drawn={drawn} fields={submit.fields} onDrawn={setDrawn} />}
        {mayEdit && (
          <GeometryText
            text={values.geometryText}
            isNeeded={ring === null}
            drawn={drawn}
            zone={zone}
            error={isDrawable && isAtCorner(submit.fields) ? null : error('/geometry')}
            onText={geometryText => set({ geometryText })}
          />
        )}
        <FormProblem problem={submit.problem} />
        {mayEdit && (
          <div class="acts">
            <button type="submit" class="primary" disabled={submit.isBusy}>
              Save
            </button>
            {zone !== null && may('DELETE /v1/zones/{zone_id}') && (
              <button type="button" class="danger" onClick={() => setDeleting(true)}>
                Retire
              </button>
            )}
          </div>
        )}
      </form>
      {isDeleting && zone !== null && <DeleteZone zone={zone} onClose={() => setDeleting(false)} />}
    </section>
  )
}

const KIND_HINTS: Readonly<Record<ZoneKind, string>> = {
  service_area: 'Orders begin and end in one of these. While there is none, everywhere is served.',
  price_area: 'Named by rulesets: trips that begin or end in it cost otherwise.',
  geofence: 'Tells who enters, leaves and stays.',
}

interface DrawingWish {
  readonly drawn: Drawn
  readonly onDrawn: (drawn: Drawn) => void
  readonly zoneId: string | null
  readonly isOn: boolean
}

/** The shape on the map while the form is open. */
function useDrawing({ drawn, onDrawn, zoneId, isOn }: DrawingWish): void {
  const drawing = useRef<{ show(drawn: Drawn): void; end(): void } | null>(null)
  const isReady = isMapReady.value
  // Before anybody can click: a corner that is lost at the beginning is missed at the end.
  useLayoutEffect(() => {
    const map = currentMap()
    if (!isOn || map === null) return
    drawing.current = map.draw(onDrawn)
    drawnId.value = zoneId
    return () => {
      drawing.current?.end()
      drawing.current = null
      drawnId.value = null
    }
  }, [isOn, isReady, zoneId])
  useLayoutEffect(() => drawing.current?.show(drawn), [drawn, isOn, isReady])
}
