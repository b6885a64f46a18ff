import type { Binaries } from './binaries.ts'
import type { Cluster } from './cluster.ts'
import { LOG_FILE_MAX_MB } from './limits.ts'

/**
 * The server's whole configuration file. It replaces the one initdb writes, so what a cluster runs with does
 * not depend on the version that made it; `alter system` still goes above it.
 *
 * For 2 cores and a few GB of memory, and a load of small group commits, `COPY` of positions and short
 * indexed reads. Time-outs of locks and idle transactions are set per session by the store.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  // Reached by TCP on this machine only: no socket file whose path could be too long or lie in a shared place.
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '60',
  password_encryption: 'scram-sha-256',
  // A backend that waits for a lock learns that its node was killed, and lets go of its own locks.
  client_connection_check_interval: '2s',

  shared_buffers: '256MB',
  effective_cache_size: '1GB',
  maintenance_work_mem: '128MB',

  // Acknowledged means committed, and committed means on disk.
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  // Few, spread checkpoints: each is followed by whole pages in the WAL.
  max_wal_size: '4GB',
  min_wal_size: '512MB',
  checkpoint_timeout: '15min',
  checkpoint_completion_target: '0.9',
  wal_buffers: '16MB',
  // A new segment is not filled with zeros first, which a commit would wait for: its blocks are made as it is written.
  wal_init_zero: 'off',
  // The carried build knows only pglz, whose CPU time would come out of the commits; lz4 would be on.
  wal_compression: 'off',

  random_page_cost: '1.1',
  jit: 'off',
  max_parallel_workers: '2',
  max_parallel_workers_per_gather: '1',
  autovacuum: 'on',
  // Hot rows (orders, drivers, shards) are updated all the time: vacuum them early and in small bites.
  autovacuum_naptime: '15s',
  autovacuum_vacuum_scale_factor: '0.05',

  // Nothing may depend on the machine's locale or zone.
  timezone: 'UTC',
  log_timezone: 'UTC',
  datestyle: 'iso, ymd',
  lc_messages: 'C',
  default_text_search_config: 'pg_catalog.english',

  logging_collector: 'on',
  log_filename: 'server-%Y%m%d-%H%M%S.log',
  log_file_mode: '0600',
  log_rotation_size: `${LOG_FILE_MAX_MB}MB`,
  log_rotation_age: '1d',
  log_min_messages: 'warning',
  // A refused write is an expected outcome here: its message is worth a line, its whole batch is not.
  log_min_error_statement: 'fatal',
  log_line_prefix: '%m [%p] %q%a ',
}

const NAME = /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/i

export interface SettingsOptions {
  readonly cluster: Cluster
  readonly binaries: Binaries
  readonly overrides: Readonly<Record<string, string>>
}

/**
 * The text names the binaries too: it is how a later start tells whether the running server is the one it
 * would start.
 *
 * @throws {TypeError} for a name that is no setting's name or a value of several lines.
 */
export function renderSettings({ cluster, binaries, overrides }: SettingsOptions): string {
  const settings = { ...SETTINGS, log_directory: cluster.logDir, ...overrides }
  const lines = Object.entries(settings).map(([name, value]) => {
    if (!NAME.test(name)) throw new TypeError(`"${name}" is not the name of a Postgres setting`)
    if (/[\r\n\0]/.test(value)) throw new TypeError(`the value of ${name} must be one line`)
    return `${name} = '${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
  })
  return [
    '# Written by Waggle at each start. Use "alter system" for settings of your own.',
    `# For ${binaries.postgres} (${binaries.version})`,
    ...lines,
    '',
  ].join('\n')
}
