/** What a driver reports on its way with an order. */
export const TRIP_STEPS = ['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff', 'delivered'] as const
