import type { Cluster } from '../../shared/manage.ts'

/** Told apart in light and dark; more nodes than these begin again. */
const COLOURS = 8

/** Every shard as a square, in the colour of whoever serves it; the table below says the same in words. */
export function ShardGrid({ cluster }: { cluster: Cluster }) {
  const { nodes, shards, shards_total } = cluster
  const byShard = new Map(shards.map(each => [each.shard, each]))
  const colourOf = new Map(nodes.map(({ node }, i) => [node, i % COLOURS]))
  const epochs = shards.map(({ epoch }) => epoch)
  return (
    <section class="card">
      <h3>Shards</h3>
      <p class="quiet">
        {epochs.length === 0
          ? 'None is served.'
          : `${epochWords(epochs)}: that of a shard rises when it is taken over.`}
      </p>
      <ol class="shards">
        {Array.from({ length: shards_total }, (_, shard) => {
          const owned = byShard.get(shard)
          const words = owned
            ? `Shard ${shard}: ${owned.node}, epoch ${owned.epoch}`
            : `Shard ${shard}: served by nobody`
          const kind = owned ? `shard shard-${colourOf.get(owned.node) ?? 0}` : 'shard shard-none'
          return (
            <li key={shard} class={kind} title={words}>
              <span class="unseen">{words}</span>
            </li>
          )
        })}
      </ol>
      <ul class="shard-legend">
        {nodes.map(({ node }) => (
          <li key={node}>
            <span class={`shard shard-${colourOf.get(node) ?? 0}`} aria-hidden="true" />
            {node}
          </li>
        ))}
      </ul>
    </section>
  )
}

function epochWords(epochs: readonly number[]): string {
  const [least, most] = [Math.min(...epochs), Math.max(...epochs)]
  return least === most ? `All at epoch ${least}` : `Epochs from ${least} to ${most}`
}
