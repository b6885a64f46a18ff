/** How surge is computed, as data in a ruleset. All multipliers and weights are whole permille. */
export interface SurgeRules {
  readonly roundS: number
  /** Requests count for this long. */
  readonly windowS: number
  /** Multipliers are multiples of this. */
  readonly gridPermille: number
  /** The most by which two neighbouring cells differ. */
  readonly stepPermille: number
  /** The most that a cell moves in a round. At most half of what the step leaves: two rounds of a neighbour fit into it. */
  readonly movePermille: number
  /** At most a step below 1,000: a neighbour of which nothing is heard may be that low. */
  readonly floorPermille: number
  readonly capPermille: number
  /** In an emergency: at once, over everything else; it may lower a price by more than a move. */
  readonly emergencyCapPermille?: number
  /** Requests per driver, in permille, at which surge begins. */
  readonly balancePermille: number
  /** By how much the multiplier grows for each further request per driver. */
  readonly slopePermille: number
  /** Fewer requests than this in a neighbourhood are chance, in permille of one request. */
  readonly demandMinPermille: number
  /** How much of a new round goes into the smoothed value. */
  readonly smoothingPermille: number
  /** A smoothed value as near as this to the multiplier leaves it alone. */
  readonly hysteresisPermille: number
  /** How much the cells around count: of the cell itself, of its first ring, of its second … */
  readonly ringWeightsPermille: readonly number[]
  /** How much a driver who will be free soon counts. */
  readonly soonPermille: number
  /** Whoever has left counts half after this long, and not at all after the window. */
  readonly leftHalfLifeS: number
  readonly leftWindowS: number
  readonly massLogOff: MassLogOffRules
}

/** When many drivers of a neighbourhood leave within `leftWindowS`. All three must be met. */
export interface MassLogOffRules {
  readonly minimum: number
  /** Of those who were there. */
  readonly sharePermille: number
  /** Of what is usual there. */
  readonly usualPermille: number
}

export const DEFAULT_SURGE: SurgeRules = {
  roundS: 60,
  windowS: 300,
  gridPermille: 50,
  stepPermille: 150,
  movePermille: 50,
  floorPermille: 1_000,
  capPermille: 3_000,
  balancePermille: 1_000,
  slopePermille: 500,
  demandMinPermille: 3_000,
  smoothingPermille: 400,
  hysteresisPermille: 40,
  ringWeightsPermille: [1_000, 500, 250],
  soonPermille: 500,
  leftHalfLifeS: 180,
  leftWindowS: 600,
  massLogOff: { minimum: 10, sharePermille: 300, usualPermille: 3_000 },
}

/** Of a ruleset without surge: counted and recorded like any other, and the multiplier is 1. */
export const NO_SURGE: SurgeRules = { ...DEFAULT_SURGE, floorPermille: 1_000, capPermille: 1_000 }
