/** The messages that a client may send on `/v1/stream` and `/v1/live`. Unknown fields are ignored, as in positions. */
import { Type } from '@sinclair/typebox'
import { checker } from '../validate.ts'

export const Seq = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })

export const frameSeq = checker(Type.Object({ seq: Seq }))
export const pointsFrame = checker(
  Type.Object({ points: Type.Array(Type.Unknown(), { minItems: 1, maxItems: 1_000 }) }),
)
export const answerFrame = checker(Type.Object({ offer_id: Type.String({ minLength: 1, maxLength: 64 }) }))

export const topicsMessage = checker(
  Type.Object({
    type: Type.Union([Type.Literal('subscribe'), Type.Literal('unsubscribe')]),
    topics: Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { minItems: 1, maxItems: 100 }),
  }),
)
