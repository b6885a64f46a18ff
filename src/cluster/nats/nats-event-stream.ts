/**
 * The stream of events on JetStream, which keeps them on disk for a while. It acknowledges before it syncs, so it is the only
 * record of nothing: what it loses is published again from the journal by command.
 */
import { DiscardPolicy, type JetStreamManager, nanos, RetentionPolicy, StorageType, type StreamConfig } from 'nats'
import type { Clock } from '../../actors/runtime/ports.ts'
import { EVENT_CONTENT_TYPE } from '../../feed/cloud-event.ts'
import { DEDUPE_WINDOW_MS, EVENT_BYTES_MAX, PUBLISH_MAX_MS } from '../../feed/limits.ts'
import type { FeedMessage, FeedStream } from '../../feed/ports.ts'
import { EVENT_STREAM, EVENT_SUBJECTS } from '../../feed/subjects.ts'
import { AcknowledgedPublish } from './acknowledged-publish.ts'
import type { NatsLink } from './connect.ts'
import { natsFailureOf } from './nats-failure.ts'
import { fewerReplicas } from './replicas.ts'

export interface EventStreamLimits {
  /** How long events stay. */
  readonly ageMaxMs: number
  /** The oldest events make room. */
  readonly bytesMax: number
  /** Servers that keep the stream: 1, or 3 in a cluster of NATS. */
  readonly replicas: number
}

export interface NatsEventStreamOptions {
  readonly link: NatsLink
  readonly clock: Clock
  readonly limits: EventStreamLimits
  /** What an operator should read. */
  readonly onTrouble: (sentence: string) => void
  readonly dedupeWindowMs?: number
}

type StreamShape = Partial<StreamConfig> & { readonly name: string }

export class NatsEventStream implements FeedStream {
  readonly #link: NatsLink
  readonly #publish: AcknowledgedPublish
  readonly #jsm: JetStreamManager
  readonly #config: StreamShape
  readonly #onTrouble: (sentence: string) => void
  #isMade = false
  /** What was told last, and lasts: it is not said again with every attempt. */
  #trouble: string | null = null

  private constructor(jsm: JetStreamManager, options: NatsEventStreamOptions) {
    const { link, clock, limits, onTrouble, dedupeWindowMs = DEDUPE_WINDOW_MS } = options
    this.#link = link
    this.#jsm = jsm
    this.#publish = new AcknowledgedPublish(link, clock, PUBLISH_MAX_MS)
    this.#onTrouble = onTrouble
    this.#config = {
      name: EVENT_STREAM,
      description: 'Events of the Waggle journal. Ordered per shard; read by (shard, seq).',
      subjects: Object.values(EVENT_SUBJECTS),
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.Old,
      max_age: nanos(limits.ageMaxMs),
      max_bytes: limits.bytesMax,
      max_msg_size: EVENT_BYTES_MAX + HEADER_BYTES_MAX,
      num_replicas: limits.replicas,
      duplicate_window: nanos(Math.min(dedupeWindowMs, limits.ageMaxMs)),
    }
  }

  /** Asks nothing of the server yet: a NATS that is away delays the feed and not the start. */
  static async open(options: NatsEventStreamOptions): Promise<NatsEventStream> {
    const jsm = await options.link.connection.jetstreamManager({ checkAPI: false, timeout: PUBLISH_MAX_MS })
    return new NatsEventStream(jsm, options)
  }

  get isUp(): boolean {
    return this.#link.isUp
  }

  async publish(messages: readonly FeedMessage[]): Promise<boolean[]> {
    if (!(await this.#make())) return messages.map(() => false)
    const answers = await this.#publish.publish(messages.map(m => ({ ...m, contentType: EVENT_CONTENT_TYPE })))
    const refused = answers.find(answer => answer.kind === 'refused')
    // Whatever the reason, it is published again.
    if (refused) this.#tell(`The event stream refuses events: ${refused.reason}`)
    const stored = answers.map(answer => answer.kind === 'stored')
    if (stored.includes(false)) this.#isMade = false
    else this.#trouble = null
    return stored
  }

  /** Makes the stream, or brings its limits to what is set now. @returns whether it is there. */
  async #make(): Promise<boolean> {
    if (this.#isMade) return true
    try {
      const { config } = await this.#jsm.streams.info(EVENT_STREAM)
      await this.#jsm.streams.update(EVENT_STREAM, this.#over(config.num_replicas))
      this.#isMade = true
    } catch (error) {
      if (natsFailureOf(error) === 'no_stream') this.#isMade = await this.#add()
      else this.#tell(`The event stream is not to be had: ${String(error)}`)
    }
    return this.#isMade
  }

  /** Copies are added and not taken away: a node that says fewer has perhaps not been told of the other servers. */
  #over(replicas: number): StreamShape {
    const { num_replicas: wanted = 1 } = this.#config
    if (replicas > wanted) this.#tell(fewerReplicas(EVENT_STREAM, replicas, wanted))
    return { ...this.#config, num_replicas: Math.max(replicas, wanted) }
  }

  async #add(): Promise<boolean> {
    try {
      await this.#jsm.streams.add(this.#config)
      return true
    } catch (error) {
      this.#tell(`The event stream cannot be made: ${String(error)}`)
      return false
    }
  }

  #tell(sentence: string): void {
    if (sentence === this.#trouble) return
    this.#trouble = sentence
    this.#onTrouble(sentence)
  }
}

/** Ours, and what the client adds. */
const HEADER_BYTES_MAX = 4_096
