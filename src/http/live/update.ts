import type { LiveFix } from '../../actors/runtime/ports.ts'

/**
 * One thing that happened, on its way to everybody who watches. Its data becomes JSON once, whatever the number of
 * topics; its text on a topic is made once, whatever the number of watchers.
 */
export class LiveEvent {
  readonly type: string
  readonly data: object
  /** Of a `location`, for those who show it in another form. */
  readonly fix: LiveFix | null
  #json: string | null = null

  constructor(type: string, data: object, fix: LiveFix | null = null) {
    this.type = type
    this.data = data
    this.fix = fix
  }

  get json(): string {
    this.#json ??= JSON.stringify(this.data)
    return this.#json
  }
}

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

  get text(): string {
    // Neither a topic's name nor a type holds anything that JSON would escape.
    this.#text ??= `{"type":"${this.event.type}","topic":"${this.topic}","seq":${this.seq},"data":${this.event.json}}`
    return this.#text
  }
}
