/** The benches, by name. */
import { accessBench } from './access.ts'
import { actorsBench } from './actors.ts'
import type { Bench } from './bench.ts'
import { commitBench } from './commit.ts'
import { dispatchBench } from './dispatch.ts'
import { dispatchTableBench } from './dispatch-table.ts'
import { envelopeBench } from './envelope.ts'
import { feedBench } from './feed.ts'
import { fencesBench } from './fences.ts'
import { guardedBench } from './guarded.ts'
import { historyBench } from './history.ts'
import { hopBench } from './hop.ts'
import { hotViewBench } from './hot-view.ts'
import { ingestBench } from './ingest.ts'
import { liveBench } from './live.ts'
import { matchingBench } from './matching.ts'
import { nearbyBench } from './nearby.ts'
import { offersBench } from './offers.ts'
import { ordersBench } from './orders.ts'
import { overloadBench } from './overload.ts'
import { pipelineBench } from './pipeline.ts'
import { restartBench } from './restart.ts'
import { soakBench } from './soak.ts'
import { turnBench } from './turn.ts'

export const BENCHES: readonly Bench[] = [
  accessBench,
  actorsBench,
  commitBench,
  dispatchBench,
  dispatchTableBench,
  envelopeBench,
  feedBench,
  fencesBench,
  guardedBench,
  historyBench,
  hopBench,
  hotViewBench,
  ingestBench,
  liveBench,
  matchingBench,
  nearbyBench,
  offersBench,
  ordersBench,
  overloadBench,
  pipelineBench,
  restartBench,
  soakBench,
  turnBench,
]
