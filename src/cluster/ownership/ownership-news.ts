/** What an operator should read about who is there and who serves what, from two states of one node, one after the other. Pure. */
import type { OwnershipStatus } from './ownership-status.ts'
import type { NodeId } from './types.ts'

type Seen = Pick<OwnershipStatus, 'self' | 'hasLease' | 'members' | 'lapsed' | 'serving'>

export function newsOf(before: Seen, after: Seen): string[] {
  const news: string[] = []
  const then = othersOf(before)
  const now = othersOf(after)
  for (const node of now) if (!then.has(node)) news.push(`cluster: ${node} is there`)
  for (const node of then) {
    if (now.has(node)) continue
    // By its lease and not by what it said last: it may hand all over between two looks.
    const isDead = after.lapsed.includes(node)
    news.push(isDead ? `cluster: ${node} is gone: its lease has lapsed` : `cluster: ${node} has left`)
  }
  // Lost and taken again between two looks: it is another life all the same.
  const isAnotherLife = before.self.incarnation !== after.self.incarnation
  if (before.hasLease && (!after.hasLease || isAnotherLife))
    news.push('cluster: the lease of this node is lost; others may take its shards')
  if (after.hasLease && (!before.hasLease || isAnotherLife)) news.push('cluster: this node has a lease')
  const [had, has] = [before.serving.length, after.serving.length]
  if (had !== has) news.push(`cluster: serves ${has} shards, ${Math.abs(has - had)} ${has > had ? 'more' : 'fewer'}`)
  return news
}

/** Under our own name lies our lease of before a restart, for a while. */
function othersOf({ self, members }: Seen): Set<NodeId> {
  return new Set(members.flatMap(({ node }) => (node === self.node ? [] : [node])))
}
