/** What of a node's settings must never be in its log, whatever quotes it. */

const SECRETS = ['WAGGLE_ADMIN_KEY', 'WAGGLE_JWT_SECRET', 'WAGGLE_TRACKING_SECRET', 'WAGGLE_PERSONAL_KEYS']
const URLS = ['WAGGLE_POSTGRES_URL', 'WAGGLE_REDIS_URL', 'WAGGLE_NATS_URL']
/** `Authorization=Bearer …` and the like, for whoever takes the traces. */
const HEADERS = ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS']

type Environment = Readonly<Record<string, string | undefined>>

/** Read from the environment and not from what was understood of it: a setting that is refused may be quoted, too. */
export function secretsIn(env: Environment): string[] {
  const texts = (names: readonly string[]) => names.flatMap(name => (env[name] ?? '').split(',')).map(t => t.trim())
  const values = texts(SECRETS).flatMap(text => [text, text.slice(text.indexOf(':') + 1)])
  const headers = texts(HEADERS).map(text => decoded(text.slice(text.indexOf('=') + 1)))
  return [...values, ...headers, ...texts(URLS).flatMap(passwordsIn)].filter(text => text !== '')
}

/** As it stands in the URL, and as it is meant. */
function passwordsIn(url: string): string[] {
  const password = /^[a-z+]+:\/\/[^:@/]*:(.*)@/.exec(url)?.[1]
  return password === undefined ? [] : [password, decoded(password)]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return text
    throw error
  }
}
