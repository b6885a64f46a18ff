/**
 * The names of everything that can be set by the environment, with defaults and what each is for. How they are understood is
 * in `../config.ts`; `docs/operations.md` lists the same, and a test compares the two.
 */
export type Environment = Readonly<Record<string, string | undefined>>

interface Setting {
  readonly name: string
  readonly fallback: string
  readonly what: string
}

/** In the order in which `--help` lists them. */
export const SETTINGS: readonly Setting[] = [
  { name: 'PORT', fallback: '3000', what: 'port of HTTP and WebSocket; 0 takes a free one' },
  { name: 'WAGGLE_HOST', fallback: '127.0.0.1', what: 'address to listen on; 0.0.0.0 for every network' },
  { name: 'WAGGLE_DATA_DIR', fallback: '.waggle', what: 'the embedded record, the admin key and the secret of tokens' },
  {
    name: 'WAGGLE_POSTGRES_URL',
    fallback: '',
    what: 'a Postgres of yours instead of the embedded one; for TLS ?sslmode=verify-full&sslrootcert=&sslcert=&sslkey=',
  },
  {
    name: 'WAGGLE_REDIS_URL',
    fallback: '',
    what: 'a Redis through which nodes share current positions; rediss:// for TLS (?ca=&cert=&key=&servername=)',
  },
  { name: 'WAGGLE_NODE', fallback: '', what: 'the name of this node among others; made at first start if not set' },
  {
    name: 'WAGGLE_ADMIN_KEY',
    fallback: '',
    what: 'the admin key, 16 or more characters; made at first start if not set',
  },
  {
    name: 'WAGGLE_JWT_SECRET',
    fallback: '',
    what: 'signs tokens and tracking links, 32 or more characters; after a comma older ones that are still honoured; made at first start if not set',
  },
  {
    name: 'WAGGLE_JWT_ISSUERS',
    fallback: '',
    what: 'other issuers of tokens, JSON: [{"issuer", "audience", "jwks_url", "roles"?, "role_claim"?, "subject_claim"?, "scope_claim"?}]',
  },
  { name: 'WAGGLE_JWT_TOLERANCE_S', fallback: '30', what: 'how far the clocks of issuers may be off' },
  {
    name: 'WAGGLE_TRACKING_SECRET',
    fallback: '',
    what: 'signs tracking links, as WAGGLE_JWT_SECRET, from which it follows if not set',
  },
  {
    name: 'WAGGLE_TRACKING_TTL_S',
    fallback: '172800',
    what: 'how long a tracking link is good, from when its order was made or is due',
  },
  {
    name: 'WAGGLE_PERSONAL_KEYS',
    fallback: '',
    what: 'encrypt names, phones, addresses, notes and plates in the record: id:base64 of 32 bytes; after a comma older ones, which only decrypt',
  },
  {
    name: 'WAGGLE_RATE_LIMITS',
    fallback: '',
    what: 'requests a minute otherwise than by default, as customer.write=30,link.read=off; off: none',
  },
  {
    name: 'WAGGLE_PROXIES',
    fallback: '0',
    what: 'proxies of yours in front, each of which appends to X-Forwarded-For',
  },
  {
    name: 'WAGGLE_CORS_ORIGINS',
    fallback: '',
    what: 'pages of which origins may use the API and its sockets, with commas between them; *: any; none by default',
  },
  {
    name: 'WAGGLE_TLS_CERT',
    fallback: '',
    what: 'a file with the certificate of this node and its chain, for HTTPS and WSS',
  },
  { name: 'WAGGLE_TLS_KEY', fallback: '', what: 'the file with its key' },
  { name: 'WAGGLE_PUBLIC_URL', fallback: '', what: 'where clients reach this node, for the links it gives out' },
  {
    name: 'WAGGLE_MAP_STYLE_URL',
    fallback: '',
    what: 'the MapLibre style of a tile provider, for the maps of the pages; a plain style of our own if not set',
  },
  { name: 'WAGGLE_WORKERS', fallback: '', what: 'worker threads; by default one per core but one' },
  {
    name: 'WAGGLE_LOG_LEVEL',
    fallback: 'info',
    what: 'debug (each request), info, warn or error; JSON lines, or text on a terminal',
  },
  { name: 'WAGGLE_SHARDS', fallback: '256', what: 'shards of this deployment, for life' },
  {
    name: 'WAGGLE_ACCEPT',
    fallback: 'manual',
    what: 'manual: drivers answer offers; auto: they are accepted for them',
  },
  { name: 'WAGGLE_OFFERS', fallback: 'one', what: 'one, or broadcast:k to ask k drivers at once' },
  { name: 'WAGGLE_OFFER_TTL_S', fallback: '15', what: 'how long a driver may think about an offer' },
  { name: 'WAGGLE_ORDER_TTL_S', fallback: '600', what: 'how long an order looks for a driver once it is due' },
  { name: 'WAGGLE_QUOTE_TTL_S', fallback: '300', what: 'how long a quoted price holds' },
  {
    name: 'WAGGLE_SCHEDULE_LEAD_S',
    fallback: '600',
    what: 'how long before its time a scheduled order is dispatched, besides the way of the driver',
  },
  {
    name: 'WAGGLE_SCHEDULE_LATE_S',
    fallback: '1800',
    what: 'a scheduled order that is found later than this after its time (its node was down) expires',
  },
  {
    name: 'WAGGLE_NO_SHOW_S',
    fallback: '600',
    what: 'how long a driver waits at a pickup before it may give the order up, where the ruleset says nothing',
  },
  { name: 'WAGGLE_STALE_S', fallback: '60', what: 'without a position for this long a driver is offered nothing' },
  { name: 'WAGGLE_AUTO_REGISTER', fallback: 'true', what: 'an unknown driver is created by its first position' },
  { name: 'WAGGLE_MATCH_WINDOW_MS', fallback: '1000', what: 'how long a batch of orders is collected, at least' },
  { name: 'WAGGLE_PICKUP_MAX_S', fallback: '1200', what: 'no driver farther away than this is asked' },
  {
    name: 'WAGGLE_LOOK_AHEAD_S',
    fallback: '60',
    what: 'a driver with room whose order ends within this may be given one to follow; 0: one at a time',
  },
  { name: 'WAGGLE_DISPATCH_RULESET', fallback: '', what: 'a JSON file: what dispatch weighs; built in if not set' },
  { name: 'WAGGLE_RETENTION_DAYS', fallback: '30', what: 'days of position history' },
  {
    name: 'WAGGLE_KEY_TTL_H',
    fallback: '72',
    what: 'hours that an idempotency key is known; a request repeated later is a new one',
  },
  {
    name: 'WAGGLE_DECISION_DAYS',
    fallback: '',
    what: 'days that the decisions of ended orders are kept; as long as their order if not set',
  },
  {
    name: 'WAGGLE_WEBHOOKS_ALLOW_PRIVATE',
    fallback: 'false',
    what: 'webhooks may go to private addresses, and by http://: for tests, and for receivers in your own network',
  },
  {
    name: 'WAGGLE_WEBHOOK_DAYS',
    fallback: '7',
    what: 'days that deliveries of webhooks are kept, delivered, dead or waiting for an endpoint that is disabled',
  },
  {
    name: 'WAGGLE_ORDER_DAYS',
    fallback: '',
    what: 'days that orders are kept after their end, with all that happened to them; for ever if not set',
  },
  { name: 'WAGGLE_AUDIT_LOG_DAYS', fallback: '', what: 'days that the audit log is kept; for ever if not set' },
  { name: 'WAGGLE_NATS_URL', fallback: '', what: 'NATS, one URL or several with commas; events are published there' },
  { name: 'WAGGLE_NATS_CREDS', fallback: '', what: 'a credentials file for NATS, where the URL names no user' },
  { name: 'WAGGLE_NATS_CA', fallback: '', what: 'a file with the certificate authority of a NATS behind tls://' },
  { name: 'WAGGLE_NATS_REPLICAS', fallback: '1', what: 'servers that keep leases and events: 3 in a cluster of NATS' },
  { name: 'WAGGLE_FEED_AGE_H', fallback: '168', what: 'hours that events stay in the stream' },
  { name: 'WAGGLE_FEED_MAX_MB', fallback: '1024', what: 'megabytes of the stream; beyond them the oldest events go' },
  { name: 'WAGGLE_POSITIONS_FEED', fallback: 'false', what: 'publish positions on NATS too, at most once' },
  { name: 'WAGGLE_UNSAFE', fallback: 'false', what: 'start although the Postgres may lose acknowledged data' },
]

/** A table for `--help`. */
export function describeSettings(): string {
  const width = Math.max(...SETTINGS.map(s => s.name.length))
  return SETTINGS.map(s => `  ${s.name.padEnd(width)}  ${s.what}${s.fallback ? ` (${s.fallback})` : ''}`).join('\n')
}

/** What is set, or its default. Empty: neither. */
export function settingText(env: Environment, name: string): string {
  return env[name]?.trim() || (SETTINGS.find(s => s.name === name)?.fallback ?? '')
}
