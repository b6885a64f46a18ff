import type { OrderState } from '../../actors/order/order.state.ts'
import type { LiveFix } from '../../actors/runtime/ports.ts'

/** What an event was rendered from, for those who show it in another form. */
export interface LiveSource {
  /** Of a `location`. */
  readonly fix?: LiveFix
  /** Of an `order`. */
  readonly order?: OrderState
}

/**
 * One thing that happened, on its way to everybody who watches. Its data becomes JSON once, whatever the number of
 * topics; its text on a topic is made once, whatever the number of watchers.
 */
export class LiveEvent {
  readonly type: string
  readonly data: object
  readonly source: LiveSource
  #json: string | null = null

  constructor(type: string, data: object, source: LiveSource = {}) {
    this.type = type
    this.data = data
    this.source = source
  }

  get json(): string {
    this.#json ??= JSON.stringify(this.data)
    return this.#json
  }
}

const GAP = new LiveEvent('gap', {})

export class LiveUpdate {
  readonly topic: string
  /** Rises by one per topic. */
  readonly seq: number
  readonly event: LiveEvent
  #text: string | null = null

  constructor(topic: string, seq: number, event: LiveEvent) {
    this.topic = topic
    this.seq = seq
    this.event = event
  }

  /** In the place of whatever was said of the topic while nothing was heard here: its number stands for all of it. */
  static unheard(topic: string, seq: number): LiveUpdate {
    const update = new LiveUpdate(topic, seq, GAP)
    update.#text = JSON.stringify({ type: 'gap', topic, from: seq, to: seq })
    return update
  }

  get isGap(): boolean {
    return this.event === GAP
  }

  get text(): string {
    // Neither a topic's name nor a type holds anything that JSON would escape.
    this.#text ??= `{"type":"${this.event.type}","topic":"${this.topic}","seq":${this.seq},"data":${this.event.json}}`
    return this.#text
  }
}
