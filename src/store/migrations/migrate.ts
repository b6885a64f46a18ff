/**
 * Brings a database to the schema of this version.
 *
 * Any number of nodes may start at once: each step is one transaction that first takes an advisory lock and then looks
 * at what has been applied, so a step is applied once and whole, whoever comes first. The lock ends with the
 * transaction; a node that dies holds up nobody. Indexes of large tables are made before their step, beside those who write
 * (`build-ahead.ts`).
 *
 * What was applied is kept with a checksum. A migration whose text has changed since, or one that this version does not
 * know, means that code and database do not belong together, and the node does not start.
 */
import { createHash } from 'node:crypto'
import { disconnect, type Sql } from '../postgres.ts'
import { buildAhead, isBuildDue, withoutBuilt } from './build-ahead.ts'
import { MIGRATIONS, type Migration } from './list.ts'

/** The database and this version do not fit. Not retryable; nothing was changed by the step that failed. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}

/** Any number will do, as long as nothing else in the database locks it. */
const LOCK_KEY = 7_092_415_331

/** Covers the slowest step of another node, for which we wait. */
export const STEP_MAX_MS = 120_000

interface Applied {
  readonly id: string
  readonly checksum: string
}

/** Line ends are not part of a migration: a checkout may change them. */
function checksumOf(migration: Migration): string {
  return createHash('sha256').update(migration.sql.replaceAll('\r\n', '\n')).digest('hex')
}

function checkOrder(migrations: readonly Migration[]): void {
  for (const [index, { id }] of migrations.entries()) {
    const before = migrations[index - 1]
    if (!/^[0-9]{4}-[a-z0-9-]+$/.test(id)) throw new MigrationError(`The migration ${id} is not named NNNN-words.`)
    if (before && before.id.slice(0, 4) >= id.slice(0, 4)) {
      throw new MigrationError(`The migration ${id} does not come after ${before.id}.`)
    }
  }
}

function checkApplied(applied: readonly Applied[], migrations: readonly Migration[]): void {
  for (const { id, checksum } of applied) {
    const known = migrations.find(migration => migration.id === id)
    if (!known) {
      throw new MigrationError(
        `The database has the migration ${id}, which this version does not know: it belongs to a newer version of Waggle.`,
      )
    }
    if (checksumOf(known) !== checksum) {
      throw new MigrationError(`The migration ${id} has changed since it was applied to this database.`)
    }
  }
}

type Step =
  | { readonly kind: 'applied'; readonly id: string }
  /** Nothing was applied: something is to be made before that one. */
  | { readonly kind: 'build'; readonly migration: Migration }
  | { readonly kind: 'complete' }

/** Applies the next step that is missing. */
async function step(sql: Sql, migrations: readonly Migration[]): Promise<Step> {
  return sql.begin<Step>(async tx => {
    // Waiting for another node and building an index both take longer than a session's usual limits.
    await tx.unsafe(`set local statement_timeout = ${STEP_MAX_MS}; set local lock_timeout = ${STEP_MAX_MS}`)
    await tx`select pg_advisory_xact_lock(${LOCK_KEY}::bigint)`
    await tx.unsafe(`set local client_min_messages = warning;
      create table if not exists schema_migrations (
        id text primary key, checksum text not null, applied_at timestamptz not null default now())`)
    const applied = await tx<Applied[]>`select id, checksum from schema_migrations order by id`
    checkApplied(applied, migrations)

    const last = applied.at(-1)?.id ?? ''
    const next = migrations.find(migration => !applied.some(({ id }) => id === migration.id))
    if (!next) return { kind: 'complete' }
    if (next.id < last) {
      throw new MigrationError(`The migration ${next.id} is missing from this database, which has ${last} already.`)
    }
    if (await isBuildDue(tx, next)) return { kind: 'build', migration: next }
    await tx.unsafe(await withoutBuilt(tx, next))
    await tx`insert into schema_migrations ${tx({ id: next.id, checksum: checksumOf(next) })}`
    return { kind: 'applied', id: next.id }
  })
}

/**
 * Applies what is missing, in order.
 *
 * @param openToBuild  a client with `max: 1` for what takes longer than a session's answers may; ended after it.
 * @returns the ids of the migrations that this call applied.
 * @throws {MigrationError} where the database was made by a newer version, or an applied migration has changed.
 */
export async function migrate(
  sql: Sql,
  migrations: readonly Migration[] = MIGRATIONS,
  openToBuild: (() => Sql) | null = null,
): Promise<string[]> {
  checkOrder(migrations)
  const done: string[] = []
  for (;;) {
    const next = await step(sql, migrations)
    if (next.kind === 'complete') return done
    if (next.kind === 'applied') done.push(next.id)
    else await built(next.migration, openToBuild?.() ?? sql, sql)
  }
}

async function built(migration: Migration, builder: Sql, sql: Sql): Promise<void> {
  try {
    await buildAhead(builder, migration)
  } finally {
    if (builder !== sql) await disconnect(builder)
  }
}
