import type { TSchema } from '@sinclair/typebox'

/** One kind of message as the document describes it. */
export interface DescribedMessage {
  readonly summary: string
  readonly payload: TSchema
}

/** By their `type`, as it stands in the message. */
export type DescribedMessages = Readonly<Record<string, DescribedMessage>>
