import type { Socket } from 'bun'

/** What happens on a connection that a generator keeps: each is told of the connection itself. */
export interface ConnectionEvents<C> {
  readonly opened: (connection: C) => void
  readonly received: (connection: C, bytes: Buffer) => void
  readonly drained: (connection: C) => void
  readonly closed: (connection: C) => void
}

/** @param connection  is given its socket before it is told that it is open. @throws where nobody listens. */
export async function connectTo<C extends { socket: Socket<C> | null }>(
  address: URL,
  connection: C,
  { opened, received, drained, closed }: ConnectionEvents<C>,
): Promise<void> {
  await Bun.connect<C>({
    hostname: address.hostname,
    port: Number(address.port || 80),
    data: connection,
    socket: {
      open: socket => {
        connection.socket = socket
        opened(connection)
      },
      data: (_, bytes) => received(connection, bytes),
      drain: () => drained(connection),
      close: () => closed(connection),
    },
  })
}
