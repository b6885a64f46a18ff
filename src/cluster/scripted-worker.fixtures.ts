/** A worker that opens its shards at once, but for worker 1: that one does so when it is asked whether it is drained. Behind each opening it says a word to the gateway. */
import type { ShardGrant } from '../actors/runtime/host.ts'
import { openedFrame, readAskId, readOpen } from './control-frames.ts'
import { decodeBatch, encodeBatch, FRAME, type Frame } from './frames.ts'
import type { WorkerTask } from './threads.ts'
import { TO_GATEWAY } from './worker-bus.ts'

export default function run({ worker, port }: WorkerTask<null>): Promise<void> {
  const waiting: ShardGrant[] = []
  const say = (frame: Frame) => port.postMessage({ to: TO_GATEWAY, bytes: encodeBatch([frame]) })
  const open = () => {
    say(openedFrame(waiting.splice(0)))
    say([FRAME.unheard])
  }
  const take = (frame: Frame, stop: () => void) => {
    if (frame[0] === FRAME.open) {
      waiting.push(...readOpen(frame))
      if (worker === 0) open()
    } else if (frame[0] === FRAME.drain) {
      open()
      say([FRAME.drained, readAskId(frame)])
    } else if (frame[0] === FRAME.stop) stop()
  }
  return new Promise<void>(resolve => {
    port.on('message', (bytes: Uint8Array) => {
      for (const frame of decodeBatch(bytes)) take(frame, resolve)
    })
  }).then(() => port.close())
}
