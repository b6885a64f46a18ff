/** Settings of the node's edge: which pages may ask, and its certificate. */
import { readFileSync } from 'node:fs'
import type { EdgeConfig } from '../http/edge.ts'
import { ConfigError } from './config-error.ts'

const ORIGINS_MAX = 50

export function readEdgeConfig(text: (name: string) => string): EdgeConfig {
  return {
    corsOrigins: origins(text('WAGGLE_CORS_ORIGINS')),
    tls: tls(text('WAGGLE_TLS_CERT'), text('WAGGLE_TLS_KEY')),
  }
}

function origins(value: string): readonly string[] {
  const list = value.split(',').flatMap(part => part.trim() || [])
  if (list.length > ORIGINS_MAX) throw new ConfigError(`WAGGLE_CORS_ORIGINS may have at most ${ORIGINS_MAX} origins.`)
  for (const origin of list) {
    if (origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin)) continue
    throw new ConfigError(
      `WAGGLE_CORS_ORIGINS must be origins as https://console.example.com with commas between them, or *, not "${origin}".`,
    )
  }
  return list
}

function tls(cert: string, key: string): EdgeConfig['tls'] {
  if (cert === '' && key === '') return null
  if (cert === '' || key === '')
    throw new ConfigError('WAGGLE_TLS_CERT and WAGGLE_TLS_KEY are set together or not at all.')
  return { cert: pem('WAGGLE_TLS_CERT', cert), key: pem('WAGGLE_TLS_KEY', key) }
}

function pem(name: string, path: string): string {
  try {
    const content = readFileSync(path, 'utf8')
    if (content.includes('-----BEGIN ')) return content
  } catch (cause) {
    throw new ConfigError(`${name} must be a file that can be read.`, { cause })
  }
  throw new ConfigError(`${name} must be a file in PEM.`)
}
