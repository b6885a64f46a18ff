/** `bun run client:types`: the types of the TypeScript client, as this version's own document has them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TrialNode } from '../trial/trial-node.ts'
import { clientTypes } from './client-types.ts'
import { readDocuments } from './documents.ts'

const FILE = join(import.meta.dir, '../../clients/typescript/src/generated.ts')

const dir = await mkdtemp(join(tmpdir(), 'waggle-contract-'))
const env = { WAGGLE_DATA_DIR: join(dir, 'data') }
const node = TrialNode.spawn({ name: 'node', port: 0, logFile: join(dir, 'node.log'), env, atExit: 'SIGTERM' })
try {
  await Bun.write(FILE, clientTypes((await readDocuments(await node.ready())).openApi))
  console.log(`written: ${FILE}`)
} finally {
  await node.end()
  await rm(dir, { recursive: true, force: true })
}
