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

interface Flow {
  readonly messages: number
  readonly bytes: number
}

/** What a node of a cluster counts. */
export interface ClusterFigures {
  readonly hasLease: boolean
  /** Since its lease was last renewed; null: it has had none. */
  readonly leaseAgeMs: number | null
  /** Itself included. */
  readonly nodesSeen: number
  /** Shards that it has handed over by plan, and the longest that one of them was served by nobody. */
  readonly handOffs: number
  readonly handOffMaxMs: number
  readonly bus: {
    /** By kind of subject. */
    readonly sent: Readonly<Record<string, Flow>>
    readonly received: Readonly<Record<string, Flow>>
    /** Frames that did not come to whom they were for, by why. */
    readonly undelivered: Readonly<Record<string, number>>
  }
}
