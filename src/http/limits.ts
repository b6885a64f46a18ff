/** What the edge takes at most, each with its reason. Beyond them a caller is refused, never queued without end. */
export interface HttpLimits {
  /** A position is about 200 bytes; phones send extras that we ignore. */
  readonly positionBytesMax: number
  /** 1,000 rows of about 250 bytes, twice over. */
  readonly batchBytesMax: number
  readonly batchRowsMax: number
  /** An order with its items and notes. */
  readonly bodyBytesMax: number
  /** As many positions of a zone's area as there may be, with every digit. */
  readonly zoneBytesMax: number
  /** One frame of a stream: as a batch. */
  readonly frameBytesMax: number
  readonly framePointsMax: number
  /** Frames of one connection that are not settled yet: what a phone may have queued through an outage of an hour. */
  readonly unsettledFramesMax: number
  /** Points in those frames: about 20 MB of memory. */
  readonly unsettledPointsMax: number
  /** Accepts and declines of one connection that wait for their answer. */
  readonly answersMax: number
  /**
   * From a request's first byte to its answer, however its bytes drip in: then the connection is cut. A phone at the edge of its
   * network sends a batch in less. Connections that rest are kept for as long.
   */
  readonly requestMaxS: number
  /** At once, on this node; each may have a body in memory. */
  readonly requestsMax: number
  /** Of one caller: more phones or pages than anybody has of his own. Servers and consoles carry others', and have none. */
  readonly socketsPerCallerMax: number
  /** Of one tracking link, which may go round. */
  readonly socketsPerLinkMax: number
  /** Snapshots of one socket that are being read. */
  readonly snapshotsMax: number
  /** Further sockets are refused: each costs some tens of kilobytes. */
  readonly socketsMax: number
  readonly topicsPerSocketMax: number
  readonly topicsPerMessageMax: number
  /** Drivers in one snapshot of a cell or the fleet: about 5 MB. */
  readonly snapshotDriversMax: number
  /** What a socket may have unread before it is closed. Above the largest snapshot. */
  readonly socketBufferBytesMax: number
  /** Points of one page of a route. */
  readonly routePointsMax: number
  readonly nearbyMax: number
  readonly nearbyRadiusMaxM: number
  /** A longer trip is a mistake in a coordinate. */
  readonly tripMaxM: number
  /** How far ahead an order may be scheduled. */
  readonly scheduleAheadMaxS: number
  /** How far back `scheduled_at` may lie: the way of the request. */
  readonly scheduleBehindMaxS: number
}

export const HTTP_LIMITS: HttpLimits = {
  positionBytesMax: 16_384,
  batchBytesMax: 524_288,
  batchRowsMax: 1_000,
  bodyBytesMax: 65_536,
  zoneBytesMax: 196_608,
  frameBytesMax: 524_288,
  framePointsMax: 1_000,
  unsettledFramesMax: 8_192,
  unsettledPointsMax: 65_536,
  answersMax: 64,
  requestMaxS: 20,
  requestsMax: 20_000,
  socketsPerCallerMax: 32,
  socketsPerLinkMax: 500,
  snapshotsMax: 200,
  socketsMax: 20_000,
  topicsPerSocketMax: 1_000,
  topicsPerMessageMax: 100,
  snapshotDriversMax: 20_000,
  socketBufferBytesMax: 16_777_216,
  routePointsMax: 5_000,
  nearbyMax: 500,
  nearbyRadiusMaxM: 50_000,
  tripMaxM: 1_000_000,
  scheduleAheadMaxS: 90 * 86_400,
  scheduleBehindMaxS: 60,
}
