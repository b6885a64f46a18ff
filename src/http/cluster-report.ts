/** What a node knows of its cluster. Of others it knows what their leases last said. */
export interface ClusterReport {
  readonly node: string
  readonly mode: 'embedded' | 'cluster'
  /** The node is a member: the others see it alive. Embedded: always. */
  readonly hasLease: boolean
  readonly nodes: readonly { readonly node: string; readonly phase: string; readonly shards: number }[]
  readonly shards: readonly { readonly shard: number; readonly node: string; readonly epoch: number }[]
  readonly shardsTotal: number
}
