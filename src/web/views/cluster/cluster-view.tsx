import './cluster.css'
import type { Cluster } from '../../shared/manage.ts'
import { plain } from '../../shared/words.ts'
import { Badge } from '../../ui/badge.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Trouble } from '../../ui/trouble.tsx'
import { useRead } from '../../ui/use-read.ts'
import { ViewPage } from '../../ui/view-page.tsx'
import { ShardGrid } from './shard-grid.tsx'

const EVERY_MS = 2_000

type Node = Cluster['nodes'][number]

export function ClusterView() {
  const { value: cluster, problem, reload } = useRead<Cluster>('/v1/cluster', EVERY_MS)
  const { value: version } = useRead<{ readonly version: string }>('/version')
  return (
    <ViewPage title="Cluster" about="Which nodes there are, and who serves what: as the node that answers knows it.">
      {problem !== null && <Trouble problem={problem} onRetry={reload} />}
      {cluster === null && problem === null && <p class="reading">Reading …</p>}
      {cluster !== null && (
        <>
          <dl class="tiles">
            <Tile name="Answered by" value={cluster.node} />
            <Tile name="Version" value={version?.version ?? '–'} />
            <Tile name="Runs" value={cluster.mode === 'embedded' ? 'Alone' : 'In a cluster'} />
            <Tile name="Nodes" value={String(cluster.nodes.length)} />
            <Tile
              name="Shards served"
              value={`${cluster.shards_total - cluster.shards_unowned} of ${cluster.shards_total}`}
              isAlert={cluster.shards_unowned > 0}
            />
            <Tile name="Its lease" value={cluster.has_lease ? 'Held' : 'Lost'} isAlert={!cluster.has_lease} />
          </dl>
          <DataTable caption="Nodes" columns={nodeColumns(cluster)} rows={cluster.nodes} keyOf={({ node }) => node} />
          <ShardGrid cluster={cluster} />
        </>
      )}
    </ViewPage>
  )
}

function Tile({ name, value, isAlert = false }: { name: string; value: string; isAlert?: boolean }) {
  return (
    <div class={isAlert ? 'tile tile-alert' : 'tile'}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

function nodeColumns({ node: answering, shards_total }: Cluster): Column<Node>[] {
  return [
    {
      name: 'Node',
      cell: ({ node }) => (
        <>
          <strong>{node}</strong>
          {node === answering && <small>answers here</small>}
        </>
      ),
    },
    {
      name: 'Phase',
      cell: ({ phase }) => <Badge tone={phase === 'serving' ? 'well' : 'warn'}>{plain(phase)}</Badge>,
    },
    { name: 'Shards', isNumber: true, cell: ({ shards }) => shards.toLocaleString() },
    {
      name: 'Share',
      isNumber: true,
      cell: ({ shards }) => (shards_total === 0 ? '–' : `${Math.round((100 * shards) / shards_total)} %`),
    },
  ]
}
