/**
 * A process that owns an embedded Postgres, for tests that kill it. Takes the options as JSON, writes one line of
 * JSON (what it started, or why not), then lives until it is killed.
 */

import { startEmbeddedPostgres } from '../../src/store/embedded/embedded-postgres.ts'
import { EmbeddedPostgresError } from '../../src/store/embedded/errors.ts'

try {
  const { url, adopted, clusterDir } = await startEmbeddedPostgres(JSON.parse(process.argv[2] ?? '{}'))
  console.log(JSON.stringify({ url, adopted, clusterDir }))
} catch (error) {
  if (!(error instanceof EmbeddedPostgresError)) throw error
  console.log(JSON.stringify({ code: error.code, message: error.message }))
}
setInterval(() => {}, 60_000)
