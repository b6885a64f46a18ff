/** Which nodes there are, and who serves what, as this node knows it. */
import { Type } from '@sinclair/typebox'
import type { ClusterReport } from '../cluster-report.ts'
import type { Http } from '../context.ts'
import { type Endpoint, json } from '../endpoint.ts'

const View = Type.Object({
  node: Type.String({ description: 'The node that answers.' }),
  mode: Type.Union([Type.Literal('embedded'), Type.Literal('cluster')]),
  has_lease: Type.Boolean({ description: 'The others see this node alive.' }),
  nodes: Type.Array(
    Type.Object({
      node: Type.String(),
      phase: Type.String({ description: '`joining`, `filling`, `serving` or `draining`.' }),
      shards: Type.Integer(),
    }),
  ),
  shards: Type.Array(
    Type.Object({
      shard: Type.Integer(),
      node: Type.String(),
      epoch: Type.Integer({
        description: 'Rises each time the shard is taken: a commit at an earlier one is refused.',
      }),
    }),
  ),
  shards_total: Type.Integer(),
  shards_unowned: Type.Integer({ description: 'Served by no node that is known here.' }),
})

export function clusterRoutes(http: Http): Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/v1/cluster',
      access: 'key',
      operation: {
        tag: 'Operations',
        summary: 'Nodes, shards and epochs, as this node knows them.',
        answers: { 200: { description: 'The cluster.', schema: View } },
      },
      handle: () => json(200, render(http.cluster())),
    },
  ]
}

function render({ node, mode, hasLease, nodes, shards, shardsTotal }: ClusterReport): object {
  return {
    node,
    mode,
    has_lease: hasLease,
    nodes,
    shards,
    shards_total: shardsTotal,
    shards_unowned: shardsTotal - shards.length,
  }
}
