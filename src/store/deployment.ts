import type { Sql } from './postgres.ts'

/** The database belongs to a deployment with another number of shards. */
export class ShardCountError extends Error {
  override readonly name = 'ShardCountError'
}

/**
 * The number of shards is part of every order id and of where every driver lives: fixed for a deployment's life.
 *
 * @throws {ShardCountError} with a sentence that names both numbers.
 */
export async function assertShardCount(sql: Sql, shards: number): Promise<void> {
  const [row] = await sql<{ count: number | null }[]>`select max(shard) + 1 as count from shards`
  const count = row?.count ?? null
  if (count !== null && count !== shards) {
    throw new ShardCountError(
      `This database was made with ${count} shards and WAGGLE_SHARDS is ${shards}: it is fixed for a deployment's life. Set WAGGLE_SHARDS=${count}.`,
    )
  }
}
