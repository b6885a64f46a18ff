/** Times and numbers of virtual couriers. */

/** Of a deployment: each is a look at its driver and its order, twice a second. */
export const COURIERS_MAX = 100
/** How often each looks at what it is to do. */
export const TICK_MS = 500
/** Positions come no more often; and no less than this, or its driver would be stale. */
export const FIX_EVERY_MS = 1_000
/** How often the couriers to drive are looked for, and for how long they are this node's then. */
export const LEASE_EVERY_MS = 2_000
export const LEASE_MS = 8_000

export const SPEED_DEFAULT_MPS = 10
/** Below what counts as a jump of its position. */
export const SPEED_MAX_MPS = 50
export const TTL_DEFAULT_S = 3_600
/** Longer than any test: whoever forgets to send one home finds it gone the next day. */
export const TTL_MAX_S = 86_400
