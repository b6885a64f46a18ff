/** A real NATS server with JetStream for one test file, to be killed, started again on the same port, frozen and thawed. */
import { type Services, startServices } from '../../src/services/services.ts'

export class NatsServer {
  readonly #services: Services

  private constructor(services: Services) {
    this.#services = services
  }

  /** @param natsConfig  further lines of its configuration. */
  static async start(natsConfig = ''): Promise<NatsServer> {
    return new NatsServer(await startServices({ only: ['nats'], natsConfig }))
  }

  get url(): string {
    return this.#services.url('nats')
  }

  get port(): number {
    return Number(new URL(this.url).port)
  }

  /** On the same port and store; streams in memory are gone. */
  restart(): Promise<void> {
    return this.#services.restart('nats')
  }

  /** As `kill -9` does it. */
  kill(): Promise<void> {
    return this.#services.kill('nats')
  }

  freeze(): Promise<void> {
    return this.#services.pause('nats')
  }

  thaw(): Promise<void> {
    return this.#services.resume('nats')
  }

  stop(): Promise<void> {
    return this.#services.stop()
  }
}
