/**
 * One turn of a decider of ownership while it is being taken: its events are applied as they are found, so that what is
 * decided next sees them. Lives as long as the turn; the decider around it stays a pure function.
 */
export interface Step<Event, Effect> {
  readonly events: readonly Event[]
  readonly effects: readonly Effect[]
}

export class Turn<State, Event, Effect> implements Step<Event, Effect> {
  readonly #evolve: (state: State, event: Event) => State
  readonly events: Event[] = []
  readonly effects: Effect[] = []
  state: State

  constructor(state: State, evolve: (state: State, event: Event) => State) {
    this.state = state
    this.#evolve = evolve
  }

  happened(event: Event): void {
    this.events.push(event)
    this.state = this.#evolve(this.state, event)
  }

  ask(effect: Effect): void {
    this.effects.push(effect)
  }
}
