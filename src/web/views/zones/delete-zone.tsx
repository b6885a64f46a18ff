import { go } from '../../console/router.ts'
import { readZones } from '../../console/zones-on-map.ts'
import type { Zone, ZoneKind } from '../../shared/manage.ts'
import { say } from '../../ui/call.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { useSubmit } from '../../ui/use-submit.ts'

const THEN: Readonly<Record<ZoneKind, string>> = {
  service_area:
    'Orders are no longer taken there, unless another area covers it. After the last one everywhere is served.',
  price_area: 'It can be retired only when no ruleset names it, now or later.',
  geofence: 'Drivers that are in it leave it with their next position.',
}

export function DeleteZone({ zone, onClose }: { zone: Zone; onClose: () => void }) {
  const submit = useSubmit()
  const remove = async () => {
    const path = `/v1/zones/${encodeURIComponent(zone.zone_id)}`
    if ((await submit.send({ method: 'DELETE', path })) === null) return
    await readZones()
    say(`${zone.name} is retired.`)
    go('zones')
  }
  return (
    <ConfirmDialog
      title={`Retire ${zone.name}?`}
      yes="Retire it"
      submit={submit}
      onYes={() => void remove()}
      onClose={onClose}
    >
      <p>{THEN[zone.kind]}</p>
    </ConfirmDialog>
  )
}
