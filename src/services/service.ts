export type ServiceName = 'nats' | 'redis' | 'postgres'

export const SERVICE_NAMES: readonly ServiceName[] = ['nats', 'redis', 'postgres']

/** One server on loopback. It keeps its port and its data from its first start to the end of its directory. */
export interface Service {
  readonly name: ServiceName
  readonly url: string
  /** After `stop` or `kill`: on the same port, with the same data. @throws {ServiceError} `start_failed` */
  start(): Promise<void>
  /** In order: what it has acknowledged is on the disk. @throws {ServiceError} `stop_failed` */
  stop(): Promise<void>
  /** As `kill -9` does it. */
  kill(): Promise<void>
  /** It hears nothing and says nothing; its connections stay (SIGSTOP). */
  pause(): Promise<void>
  resume(): Promise<void>
}
