import type { Vehicle } from '../../shared/manage.ts'
import { say } from '../../ui/call.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { useSubmit } from '../../ui/use-submit.ts'
import { titleOf } from './vehicle-table.tsx'

interface DeleteVehicleProps {
  readonly vehicle: Vehicle
  readonly onDone: () => void
  readonly onClose: () => void
}

export function DeleteVehicle({ vehicle, onDone, onClose }: DeleteVehicleProps) {
  const submit = useSubmit()
  const remove = async () => {
    const path = `/v1/vehicles/${encodeURIComponent(vehicle.vehicle_id)}`
    if ((await submit.send({ method: 'DELETE', path })) === null) return
    say(`${titleOf(vehicle)} is deleted.`)
    onDone()
    onClose()
  }
  return (
    <ConfirmDialog
      title={`Delete ${titleOf(vehicle)}?`}
      yes="Delete it"
      submit={submit}
      onYes={() => void remove()}
      onClose={onClose}
    >
      <p>
        {vehicle.driver_id === null
          ? 'Nobody drives it. What it has driven stays in the orders.'
          : `${vehicle.driver_id} has it: take it from the driver first.`}
      </p>
    </ConfirmDialog>
  )
}
