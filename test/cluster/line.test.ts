/** A thread's connection to the bus, on a real server. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { encodeBatch } from '../../src/cluster/frames.ts'
import { NatsLink } from '../../src/cluster/nats/connect.ts'
import { Line } from '../../src/cluster/nats/line.ts'
import { readNatsTarget } from '../../src/cluster/nats/nats-target.ts'
import { INTEREST } from '../../src/cluster/nats/subjects.ts'
import { WorkerLink } from '../../src/cluster/nats/worker-link.ts'
import { systemClock as clock } from '../../src/cluster/system-clock.ts'
import { NatsServer } from '../support/nats-server.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

const WORKER = { node: 'one', worker: 0, clock, onFrames: () => undefined, onNobody: () => undefined }

await describeWithServices('a line to the bus', ['nats'], () => {
  let server: NatsServer
  let link: NatsLink
  const trouble: string[] = []

  beforeAll(async () => {
    server = await NatsServer.start()
    link = await NatsLink.open({ target: readNatsTarget(server.url), name: 'test', clock, onEvent: () => undefined })
  })
  afterAll(async () => {
    await link.close()
    await server.stop()
  })

  test('goes on hearing after a frame that nobody understands, and says what it was', async () => {
    const line = new Line({ link, clock, onTrouble: sentence => trouble.push(sentence) })
    const worker = new WorkerLink({ ...WORKER, line })
    const heard: unknown[] = []
    line.listen('waggle.v1.test', frames => heard.push(...frames))
    line.publish(INTEREST, encodeBatch([['no announcement']]))
    line.publish(INTEREST, new Uint8Array([0xc1]))
    line.publish('waggle.v1.test', encodeBatch([['understood']]))
    await until(() => heard.length === 1, 'what came after it is heard', 2_000)
    expect(trouble.filter(sentence => sentence.includes(INTEREST))).toHaveLength(2)
    expect(line.traffic.undelivered.unreadable).toBe(2)
    await worker.close()
  })
})
