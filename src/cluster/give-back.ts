/**
 * What a worker has said to a shard that nobody serves for the moment, given back: nothing of it has happened. Whoever waits for an
 * answer is told `moved`, and asks again; what actors say to each other is sent on.
 */
import type { Envelope } from '../actors/runtime/envelope.ts'
import type { Bus } from '../actors/runtime/ports.ts'
import { asJson } from '../actors/runtime/turn.ts'
import { FRAME, type Frame, FrameError, readEnvelope, readFix } from './frames.ts'

export interface GivenBackTo {
  readonly bus: Pick<Bus, 'reply' | 'settleFix'>
  readonly strays: { keep(envelope: Envelope): void }
}

export function giveBack(frames: readonly Frame[], { bus, strays }: GivenBackTo): void {
  for (const frame of frames) {
    switch (frame[0]) {
      case FRAME.envelope: {
        const envelope = readEnvelope(frame)
        const { to, message } = envelope
        if (message.replyTo) bus.reply(message.replyTo, asJson({ kind: 'moved', shard: to.shard, epoch: 0 }))
        else strays.keep(envelope)
        break
      }
      case FRAME.fix: {
        const { gateway, item } = readFix(frame)
        bus.settleFix(gateway, item.token, item.index, 'moved', item.fix.recordedAtMs ?? 0)
        break
      }
      default:
        throw new FrameError(`a frame of kind ${String(frame[0])} came back from a shard`)
    }
  }
}
