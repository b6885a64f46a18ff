/** Times and sizes of the event feed, each with its reason. */

/** Without a hint a new event waits at most this long. A look is one query over a table of one row per shard. */
export const POLL_EVERY_MS = 250

/** Rounds follow each other no faster: hints come with every commit, and a round costs three round trips to the record. */
export const ROUND_EVERY_MS = 10

/** After a round that failed. */
export const RETRY_AFTER_MS = 500

/** Events of one round: they are put together and handed to the client in one go, which takes the thread 10 ms. */
export const ROUND_EVENTS_MAX = 1_000

/** A message of the stream. The server takes 1 MiB unless told; an event beyond this is published without its data. */
export const EVENT_BYTES_MAX = 768 * 1_024

/** An acknowledgement takes 1 ms; one that is late is taken as lost, and the event is published again. */
export const PUBLISH_MAX_MS = 2_000

/** For how long the stream remembers message ids: longer than a crash, a restart and a takeover take. */
export const DEDUPE_WINDOW_MS = 120_000

/** Positions of one region in one message, and how long they are collected. */
export const POSITIONS_BATCH_MAX = 500
export const POSITIONS_EVERY_MS = 100
/** Drivers whose position waits to be sent; beyond it positions are dropped and counted. */
export const POSITIONS_WAITING_MAX = 100_000
