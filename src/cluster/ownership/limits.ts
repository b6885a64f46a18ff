/**
 * Times and sizes of ownership, each with its reason. They hang together:
 *
 * - From a kill to orders going on, 6 s: the lease of the dead lapses at most `LEASE_TTL_MS` after the kill, the server
 *   notices up to 300 ms later, the next try comes within `TRY_EVERY_MS` and a tick. That is 3.65 s at worst and leaves
 *   2.3 s to raise the epochs, load, and go on.
 * - A live node must not lose its lease to a bucket that was away for less than `AWAY_MS`: its last renewal was up to
 *   `RENEW_EVERY_MS` and a tick before, and its next try comes up to `CALL_MAX_MS` + `RETRY_EVERY_MS` + a tick after. 850 +
 *   1,500 + 600 = 2,950 ms, below the TTL. Whoever had no answer for longer cannot tell, and waits `GRACE_MS` first.
 */

/** The TTL of the bucket of leases: whoever makes the bucket sets it. */
export const LEASE_TTL_MS = 3_000

/** A quarter of the TTL: three renewals in a row may fail. */
export const RENEW_EVERY_MS = 750

/** A call to the bucket takes 1 ms; one without an answer for this long is taken as lost. */
export const CALL_MAX_MS = 400

/** After a call without an answer. */
export const RETRY_EVERY_MS = 100

/** How often a node looks at its own deadlines. Everything else is done when its message comes. */
export const TICK_EVERY_MS = 100

/** No answer of the bucket for so long: it was away, and others may have lost their leases to that, not to their death. */
export const AWAY_MS = 1_500

/**
 * After the bucket was away, and after joining: until then nobody is declared dead and nothing is taken. Longer than any
 * live node needs to notice (a call, a retry, a tick) and to have its lease again, twice over for a slow reconnect.
 */
export const GRACE_MS = 2_000

/** A member that was not heard of for so long is tried; earlier its lease cannot have lapsed. */
export const SUSPECT_AFTER_MS = LEASE_TTL_MS - RENEW_EVERY_MS

/** Between two tries to create the key of the same suspect. */
export const TRY_EVERY_MS = 250

/** A shard that nobody claims is left for so long before it is taken: its owner's note may be
 * under way. Counted anew where who may be given shards changes: nodes that start together share them out at once. */
export const ORPHAN_WAIT_MS = 300

/** A node is being filled for at least so long since it last changed who may be given shards: nodes that start together know it by then. */
export const FILL_MIN_MS = 1_000

/** After the record did not answer a take. */
export const TAKE_RETRY_MS = 250

/** Shards of one take: bounds what one lock that is held by a dead owner's transaction holds up. */
export const TAKE_SHARDS_MAX = 64

/** Shards whose takes are under way at once. */
export const TAKING_MAX = 256

/** A shard that failed is taken anew, from the record, after a rest: what broke it may still be there, and each try costs an epoch. */
export const RETAKE_AFTER_MS = 300

/** A shard that is not open by then failed. Above the record's own time-out. */
export const OPEN_MAX_MS = 8_000

/** Shards under way to other nodes at once: bounds what a hand-off that goes wrong leaves unserved. */
export const MOVES_MAX = 16

/**
 * A sealed shard whose commits are not through by then is released all the same: the successor's epoch fences them. The
 * usual drain is one commit, 3 ms.
 */
export const DRAIN_MAX_MS = 300

/** A released shard that its successor has not claimed by then is taken back. A hand-off takes 20 ms; this is for a dead one. */
export const RELEASE_MAX_MS = 1_000

/**
 * The same once it was too slow before, and lives: on machines that are short of everything a hand-off takes seconds, and who takes
 * back again and again never comes to rest. Below what a command waits; a dead one is found by its lease in 3 s.
 */
export const RELEASE_AGAIN_MAX_MS = 4_000

/** A node that did not come for what was released to it is offered nothing for so long. */
export const AVOID_MS = 5_000

/** A node that shuts down and has not handed everything off by then goes anyway: the others find its shards unclaimed. */
export const LEAVE_MAX_MS = 10_000

/** Nodes of one deployment. Bounds what strange keys in the bucket can do to a node's memory. */
export const NODES_MAX = 256

/** A note of 1,024 shards is 20 kB; anything far above is no note of ours. */
export const NOTE_CHARS_MAX = 65_536
