/** What the page says, whatever the language: each has a file like `texts-en.ts`, and a line in `languages.ts`. */
import type { OrderStatus } from '../../domain/order-lifecycle.ts'
import type { Age } from './ages.ts'
import type { Eta } from './eta.ts'
import type { Step } from './steps.ts'

/** How the page stands with the node. */
export type Line = 'connecting' | 'live' | 'asking' | 'offline' | 'unreachable' | 'over' | 'gone'

export interface Texts {
  /** As in `lang`, and for times. */
  readonly language: string
  readonly headline: (status: OrderStatus, isLookingAgain: boolean) => string
  /** What else is to be said of it; null: nothing. */
  readonly detail: (status: OrderStatus, facts: DetailFacts) => string | null
  /** Short, for the title of the tab. */
  readonly shortStatus: Readonly<Record<OrderStatus, string>>
  readonly eta: (eta: Eta, clock: string) => { readonly large: string; readonly small: string }
  readonly minutes: (minutes: number) => string
  readonly step: Readonly<Record<Step['name'], string>>
  readonly expected: (clock: string) => string
  readonly positionOld: (age: Age & { kind: 'old' }) => string
  /** The same beside the courier on the map, where there is little room. */
  readonly ago: (age: Age & { kind: 'old' }) => string
  readonly positionFresh: string
  readonly positionUnknown: string
  readonly line: Readonly<Record<Line, string>>
  readonly asOf: (clock: string) => string
  readonly courier: string
  readonly vehicle: (type: string) => string
  readonly pin: string
  readonly pinHint: string
  readonly progress: string
  readonly mapLabel: string
  readonly showMap: string
  readonly mapLoading: string
  readonly mapFailed: string
  readonly recentre: string
  readonly pickup: string
  readonly dropoff: string
  readonly twoFingers: string
  readonly scrollKey: string
  readonly gone: { readonly headline: string; readonly detail: string }
  readonly loading: string
  readonly cannotStart: string
  readonly orderName: (shortId: string) => string
  readonly title: string
}

export interface DetailFacts {
  readonly scheduledFor: string | null
  readonly endedAt: string | null
  readonly proof: { readonly pin: boolean; readonly photo: boolean; readonly signature: boolean } | null
}
