import postgres from 'postgres'
import { SUPERUSER } from './cluster.ts'
import { codeOf } from './errors.ts'

/** What a connection attempt shows: only `ours` proves a server that serves this cluster under our password. */
export type Probe = 'ours' | 'another' | 'refuses_password' | 'silent'

export interface ProbeTarget {
  readonly port: number
  readonly password: string
  readonly pgdata: string
  readonly maxMs: number
}

/** Asks the server on the port whose data it serves: a pid file tells what was, an answer tells what is. */
export async function probe({ port, password, pgdata, maxMs }: ProbeTarget): Promise<Probe> {
  const sql = postgres({
    host: '127.0.0.1',
    port,
    user: SUPERUSER,
    password,
    database: 'postgres',
    max: 1,
    connect_timeout: maxMs / 1000,
    fetch_types: false,
    onnotice: () => {},
  })
  const silence = Promise.withResolvers<'silent'>()
  const timer = setTimeout(() => silence.resolve('silent'), maxMs)
  try {
    return await Promise.race([ask(sql, pgdata), silence.promise])
  } finally {
    clearTimeout(timer)
    await sql.end({ timeout: 0 })
  }
}

async function ask(sql: postgres.Sql, pgdata: string): Promise<Probe> {
  try {
    const [row] = await sql<{ pgdata: string }[]>`select current_setting('data_directory') as pgdata`
    return row?.pgdata === pgdata ? 'ours' : 'another'
  } catch (error) {
    const code = codeOf(error)
    // invalid_password, invalid_authorization_specification. All else is a server that is not up, or not one.
    return code === '28P01' || code === '28000' ? 'refuses_password' : 'silent'
  }
}
