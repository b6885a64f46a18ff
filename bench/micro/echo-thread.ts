/** The other end of a hop: reads what comes as a worker does, and sends as much back as a worker would. */
import { parentPort } from 'node:worker_threads'
import { decodeBatch, encodeBatch, readFix, settledFrame } from '../../src/cluster/frames.ts'

parentPort?.on('message', (bytes: Uint8Array) => {
  const answers = decodeBatch(bytes).map(frame => {
    const { gateway, item } = readFix(frame)
    return settledFrame(gateway, item.token, item.index, 'committed', item.fix.recordedAtMs ?? 0)
  })
  const packed = encodeBatch(answers)
  parentPort?.postMessage(packed, [packed.buffer])
})
