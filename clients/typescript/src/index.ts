/** What the package offers. */
export {
  type AnswerOf,
  type ItemOf,
  type ListName,
  type OperationName,
  type RequestOf,
  Waggle,
  type WaggleOptions,
} from './client.ts'
export { isCode, WaggleConnectionError, WaggleError } from './errors.ts'
export type * from './generated.ts'
export { type LiveEvent, WaggleLive } from './live.ts'
export type { RetryPolicy } from './retry.ts'
export { type Offered, type StreamOptions, type StreamPosition, StreamRefusal, WaggleStream } from './stream.ts'
