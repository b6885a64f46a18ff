import type { OwnershipStatus } from './cluster/ownership/ownership-status.ts'
import type { Engine } from './engine.ts'
import type { ClusterFigures, ClusterReport } from './http/cluster-report.ts'

/** What this node says of its cluster. */
export function clusterReport(engine: Pick<Engine, 'cluster' | 'threads'>, shardsTotal: number): ClusterReport {
  const status = engine.cluster?.()
  return status ? amongOthers(status, shardsTotal) : alone(engine, shardsTotal)
}

function alone({ threads }: Pick<Engine, 'threads'>, shardsTotal: number): ClusterReport {
  const node = 'embedded'
  const shards = threads.served.map(shard => ({ shard, node, epoch: threads.epochOf(shard) }))
  const nodes = [{ node, phase: 'serving', shards: shards.length }]
  return { node, mode: 'embedded', hasLease: true, nodes, shards, shardsTotal }
}

function amongOthers({ self, hasLease, members, owners }: OwnershipStatus, shardsTotal: number): ClusterReport {
  const shards = [...owners].sort((a, b) => a.shard - b.shard)
  const nodes = [self, ...members.filter(member => member.node !== self.node)].map(({ node, phase }) => ({
    node,
    phase,
    shards: shards.filter(owner => owner.node === node).length,
  }))
  return { node: self.node, mode: 'cluster', hasLease, nodes, shards, shardsTotal }
}

/** @returns null where this node is the whole cluster. */
export async function clusterFigures({
  cluster,
  busTraffic,
}: Pick<Engine, 'cluster' | 'busTraffic'>): Promise<ClusterFigures | null> {
  if (cluster === null || busTraffic === null) return null
  const { hasLease, leaseAgeMs, handOffs, members, self } = cluster()
  const others = members.filter(member => member.node !== self.node).length
  return {
    hasLease,
    leaseAgeMs,
    nodesSeen: others + 1,
    handOffs: handOffs.count,
    handOffMaxMs: handOffs.maxMs,
    bus: await busTraffic(),
  }
}
