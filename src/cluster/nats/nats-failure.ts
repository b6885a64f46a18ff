/** What an error of the client says about the request that met it. */
import { ErrorCode, NatsError } from 'nats'

export type NatsFailure =
  /** The stream's last revision of that subject is another one: nothing was changed. */
  | 'wrong_revision'
  /** Nobody listens on that subject: the stream is not there, or has no leader now. Nothing was changed. */
  | 'no_stream'
  /** The stream is there, the message is not. */
  | 'no_message'
  /** The server has refused what was asked. */
  | 'refused'
  /** No answer: it may have been done, or may be yet. */
  | 'unanswered'

const WRONG_LAST_SEQUENCE = 10_071
const STREAM_NOT_FOUND = 10_059
const MESSAGE_NOT_FOUND = 10_037

export function natsFailureOf(error: unknown): NatsFailure {
  if (!(error instanceof NatsError)) return 'unanswered'
  switch (error.api_error?.err_code) {
    case WRONG_LAST_SEQUENCE:
      return 'wrong_revision'
    case STREAM_NOT_FOUND:
      return 'no_stream'
    case MESSAGE_NOT_FOUND:
      return 'no_message'
  }
  if (error.code === ErrorCode.NoResponders) return 'no_stream'
  if (error.code === ErrorCode.JetStream404NoMessages) return 'no_message'
  return error.api_error === undefined ? 'unanswered' : 'refused'
}
