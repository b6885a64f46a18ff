/** What is drawn from the documents to be wrong is refused in order. `bun run fuzz` does the same with thousands of them. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { runFuzz } from '../../src/fuzz/run.ts'
import { ADMIN_KEY, startTestNode, type TestNode } from './node.ts'

let node: TestNode

beforeAll(async () => {
  node = await startTestNode()
})

afterAll(async () => {
  await node.stop()
})

/** Of this one a frame has bad rows, and good ones that the history refuses later. */
const ANSWERED_TWICE = 1_532_555_592

test.each([1, ANSWERED_TWICE, Math.floor(Math.random() * 2 ** 31)])(
  'seed %d: bad requests and bad frames are refused, and the node is as it was',
  async seed => {
    const report = await runFuzz({ url: node.url, token: ADMIN_KEY, seed, requests: 600, frames: 200 })

    expect({ seed, findings: report.findings }).toEqual({ seed, findings: [] })
    expect(report.requests.sent).toBe(600)
    expect(Object.keys(report.requests.statuses)).toEqual(
      expect.arrayContaining(['400', '401', '404', '405', '415', '422']),
    )
    expect(Object.keys(report.frames.codes)).toEqual(expect.arrayContaining(['invalid', 'malformed']))
  },
  60_000,
)
