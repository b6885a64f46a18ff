/**
 * The vehicle that a driver drives, as its actor knows it: told by whoever changed it in the record, in any order and more than
 * once; of two the later change counts. While there is one, its type and capacity are the driver's; what the driver was
 * made with comes back with the end of that.
 */
import { type Turn, turn } from '../runtime/turn.ts'
import { answerDriver, changed, type DriverContext } from './driver.effects.ts'
import type { DriverCommand, DriverEvent } from './driver.messages.ts'
import type { DriverState } from './driver.state.ts'

export function changeVehicle(
  state: DriverState,
  message: DriverCommand & { kind: 'driver.vehicle' },
  context: DriverContext,
): Turn<DriverEvent> {
  const { change, vehicle, replyTo } = message
  if (change <= (state.vehicle?.change ?? 0)) return turn([], answerDriver(replyTo, state))
  const event: DriverEvent = { type: 'vehicle_changed', atMs: context.nowMs, change, vehicle }
  return changed(state, [event], context, after => ({ effects: answerDriver(replyTo, after) }))
}
