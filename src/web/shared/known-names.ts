/**
 * Names that the API takes, for lists to choose from. The pages share nothing with the engine but its domain, so they stand here
 * once more; a test holds them against what the API says.
 */
export const ROLES = ['service', 'dispatcher', 'admin', 'driver', 'customer'] as const

export const WEBHOOK_EVENTS = [
  '*',
  'order.*',
  'driver.*',
  'order.placed',
  'order.amended',
  'order.due',
  'order.offered',
  'order.offer_closed',
  'order.assigned',
  'order.unassigned',
  'order.en_route_to_pickup',
  'order.at_pickup',
  'order.en_route_to_dropoff',
  'order.delivered',
  'order.pin_refused',
  'order.reserved',
  'order.unreserved',
  'order.rated',
  'order.cancelled',
  'order.adjusted',
  'order.expired',
  'driver.registered',
  'driver.updated',
  'driver.availability',
  'driver.vehicle_changed',
  'driver.geofence_entered',
  'driver.geofence_left',
  'driver.geofence_dwelled',
] as const
