/** Times and sizes of webhooks, each with its reason. */

/** Endpoints of one mode: each event is matched against all of them. */
export const WEBHOOKS_MAX = 100
export const URL_LENGTH_MAX = 2_048

/** The waits between attempts: each twice the one before, up to six hours, of which a random half is taken off. */
export const RETRY_FIRST_MS = 5_000
export const RETRY_MAX_MS = 6 * 3_600_000

/** Longer than a weekend. After it a delivery is a dead letter, and an endpoint that took nothing all the while is disabled. */
export const RETRY_FOR_MS = 3 * 86_400_000

/**
 * The next event of an object waits at most this long for one that is refused, and then goes ahead of it. Long enough for a
 * deployment or an outage of the receiver; one event that it cannot digest must not keep an order back for three days.
 */
export const ORDER_KEPT_FOR_MS = 3_600_000

/** From the look-up of the name to the end of the answer. Receivers are asked to put events aside and answer at once. */
export const ATTEMPT_MAX_MS = 10_000

/** Nobody reads what an endpoint answers; its first words help to find out why it refuses. */
export const ANSWER_BYTES_MAX = 4_096
/** Of those words, kept with the delivery. */
export const ERROR_LENGTH_MAX = 200

/** Requests under way to one endpoint: what a small server bears. One that fails is only felt out. */
export const PER_ENDPOINT_MAX = 16
export const PER_FAILING_ENDPOINT_MAX = 2
/** Requests under way from one node; those to endpoints that fail, and may hang, take at most half. */
export const UNDER_WAY_MAX = 128
export const FAILING_UNDER_WAY_MAX = 64

/** A delivery whose node has died is sent again after this: well above the time of an attempt and its settling. */
export const CLAIMED_FOR_MS = 30_000

/** Whether there is an endpoint at all is asked this often; the first one that another node makes is served this much later. */
export const LOOK_EVERY_MS = 1_000

/** Without a hint a delivery that is due waits at most this long. */
export const SEND_EVERY_MS = 250
/** Rounds follow each other no faster: what has come back meanwhile is settled together. */
export const ROUND_EVERY_MS = 10
export const ROUND_AFTER_FAILURE_MS = 1_000
/** The age of the oldest delivery is asked for this often. */
export const FIGURES_EVERY_MS = 5_000
/** What is under way when a node stops has this long to come back; the rest is sent again by whoever is next. */
export const DRAIN_MS = 3_000

/** An event beyond this is told without its data. */
export const BODY_BYTES_MAX = 128 * 1_024
