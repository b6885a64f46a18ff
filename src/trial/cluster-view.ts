/** What a node says of its cluster, as whoever watches it from outside reads it. */
export interface ClusterView {
  readonly node: string
  readonly hasLease: boolean
  readonly phases: ReadonlyMap<string, string>
  /** Who serves each shard, and at which epoch. */
  readonly owners: ReadonlyMap<number, { readonly node: string; readonly epoch: number }>
  readonly unowned: number
}

interface Answer {
  readonly node: string
  readonly has_lease: boolean
  readonly nodes: readonly { readonly node: string; readonly phase: string }[]
  readonly shards: readonly { readonly shard: number; readonly node: string; readonly epoch: number }[]
  readonly shards_unowned: number
}

const ANSWER_MAX_MS = 2_000

/** @returns null where it does not answer, or not with a view. */
export async function readClusterView(url: string, adminKey: string): Promise<ClusterView | null> {
  try {
    const response = await fetch(`${url}/v1/cluster`, {
      headers: { authorization: `Bearer ${adminKey}` },
      signal: AbortSignal.timeout(ANSWER_MAX_MS),
    })
    if (!response.ok) return null
    // The shape is the node's own: it is of our version.
    const { node, has_lease, nodes, shards, shards_unowned } = (await response.json()) as Answer
    return {
      node,
      hasLease: has_lease,
      phases: new Map(nodes.map(member => [member.node, member.phase])),
      owners: new Map(shards.map(({ shard, ...owner }) => [shard, owner])),
      unowned: shards_unowned,
    }
  } catch {
    // Not there, or cut off while it answered: what whoever asks wants to know.
    return null
  }
}

/** Every node sees all of them alive and every shard served, and they agree by whom. */
export function isAtRest(views: readonly (ClusterView | null)[]): boolean {
  const [first] = views
  if (!first) return false
  return views.every(
    view =>
      view?.hasLease === true &&
      view.unowned === 0 &&
      view.phases.size === views.length &&
      [...view.phases.values()].every(phase => phase === 'serving') &&
      [...view.owners].every(([shard, owner]) => {
        const known = first.owners.get(shard)
        return known?.node === owner.node && known.epoch === owner.epoch
      }),
  )
}
