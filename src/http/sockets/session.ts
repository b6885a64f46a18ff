/**
 * One open socket. Bun calls the four methods; a session is the `data` of its socket, so that nothing has to be
 * looked up per message and everything it holds goes with it.
 */
import type { ServerWebSocket, WebSocketHandler } from 'bun'
import type { Principal } from '../access/principal.ts'
import type { SocketKind } from '../metrics/metrics.ts'

export type Socket = ServerWebSocket<SocketSession>

export interface SocketSession {
  readonly kind: SocketKind
  /** Who opened it. */
  readonly principal: Principal
  /** The subprotocol that was chosen among those offered; null where none was. */
  readonly subprotocol: string | null
  open(socket: Socket): void
  message(data: string | Buffer): void
  /** The reader has caught up. */
  drain(): void
  close(): void
}

export interface SessionListener {
  opened(socket: Socket): void
  closed(socket: Socket): void
}

/** Messages above this end the socket: the frames that we answer with an error are smaller. */
const PAYLOAD_BYTES_MAX = 2_097_152
/** Silence after which a peer is asked whether it is there, and then given up. */
const IDLE_TIMEOUT_S = 120

export function socketHandlers(listener: SessionListener, bufferBytesMax: number): WebSocketHandler<SocketSession> {
  return {
    open(socket) {
      listener.opened(socket)
      socket.data.open(socket)
    },
    message(socket, data) {
      socket.data.message(data)
    },
    drain(socket) {
      socket.data.drain()
    },
    close(socket) {
      listener.closed(socket)
      socket.data.close()
    },
    maxPayloadLength: PAYLOAD_BYTES_MAX,
    idleTimeout: IDLE_TIMEOUT_S,
    sendPings: true,
    // A reader that leaves this much unread is gone or broken; it is closed, and connects again.
    backpressureLimit: bufferBytesMax,
    closeOnBackpressureLimit: true,
    perMessageDeflate: false,
  }
}
