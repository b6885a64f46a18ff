/** What a node says of itself, before and after. */
export interface Health {
  readonly isReady: boolean
  readonly unexpectedErrors: number
  readonly workerRestarts: number
  readonly socketsOpen: number
  readonly residentBytes: number
}

/** What comes and goes with the garbage collector, and what caches may take; a leak of a request each is far above it. */
const GROWTH_BYTES_MAX = 400_000_000

export async function readHealth(url: string, token: string): Promise<Health> {
  const [ready, metrics] = await Promise.all([
    fetch(`${url}/ready`),
    fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } }),
  ])
  const text = await metrics.text()
  return {
    isReady: ready.status === 200,
    unexpectedErrors: sumOf('waggle_unexpected_errors_total', text),
    workerRestarts: sumOf('waggle_worker_restarts_total', text),
    socketsOpen: sumOf('waggle_sockets_open', text),
    residentBytes: sumOf('process_resident_memory_bytes', text),
  }
}

/** Over all its labels. */
function sumOf(name: string, text: string): number {
  const samples = text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))
  return [...samples].reduce((sum, [, value]) => sum + Number(value), 0)
}

/** @returns what is worse than it was. */
export function worsened(before: Health, after: Health): string[] {
  const grown = after.residentBytes - before.residentBytes
  return [
    ...(after.isReady ? [] : ['the node is not ready']),
    ...(after.unexpectedErrors > before.unexpectedErrors ? ['there were unexpected errors; see its log'] : []),
    ...(after.workerRestarts > before.workerRestarts ? ['a worker died'] : []),
    ...(after.socketsOpen > before.socketsOpen
      ? [`${after.socketsOpen - before.socketsOpen} sockets are still open`]
      : []),
    ...(grown > GROWTH_BYTES_MAX ? [`the process has grown by ${grown} bytes`] : []),
  ]
}
