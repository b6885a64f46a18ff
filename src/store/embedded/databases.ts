import postgres from 'postgres'

const NAME = /^[a-z_][a-z0-9_]{0,62}$/

/** Makes the database unless it exists. */
export async function ensureDatabase(adminUrl: string, name: string): Promise<void> {
  await onAdmin(adminUrl, async sql => {
    const found = await sql`select from pg_database where datname = ${name}`
    if (found.length === 0) await createIn(sql, name, 'template0')
  })
}

/**
 * @param template  copied with all it holds; nobody may be connected to it.
 * @throws {postgres.PostgresError} 42P04 (at once with another: 23505) where the name is taken, 55006 where the template is in use.
 */
export async function createDatabase(adminUrl: string, name: string, template = 'template0'): Promise<void> {
  await onAdmin(adminUrl, sql => createIn(sql, name, template))
}

/** Ends the sessions of the database, and drops it if it is there. */
export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await onAdmin(adminUrl, async sql => {
    await sql`drop database if exists ${sql(checked(name))} with (force)`
  })
}

/** The same server and user, another database. */
export function urlOfDatabase(url: string, name: string): string {
  const other = new URL(url)
  other.pathname = `/${checked(name)}`
  return other.href
}

async function createIn(sql: postgres.Sql, name: string, template: string): Promise<void> {
  await sql`create database ${sql(checked(name))} template ${sql(checked(template))}`
}

async function onAdmin<T>(adminUrl: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(adminUrl, { max: 1, fetch_types: false, onnotice: () => {} })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

function checked(name: string): string {
  if (!NAME.test(name)) throw new TypeError(`"${name}" is not a database name (1–63 of a-z, 0-9, _)`)
  return name
}
