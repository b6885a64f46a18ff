import { expect, test } from 'bun:test'
import { secretsIn } from './log-secrets.ts'

test('secrets of the settings, each of several, and passwords of URLs as written and as meant', () => {
  const secrets = secretsIn({
    WAGGLE_ADMIN_KEY: 'an-admin-key-of-mine',
    WAGGLE_JWT_SECRET: 'the-new-one, the-old-one',
    WAGGLE_PERSONAL_KEYS: '2026:bXkta2V5',
    WAGGLE_POSTGRES_URL: 'postgres://waggle:p%40ss@db/waggle',
    WAGGLE_REDIS_URL: 'redis://cache:6379',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc',
    WAGGLE_WORKERS: '4',
  })
  for (const secret of [
    'an-admin-key-of-mine',
    'the-new-one',
    'the-old-one',
    'bXkta2V5',
    'p%40ss',
    'p@ss',
    'Bearer abc',
  ])
    expect(secrets).toContain(secret)
  expect(secrets.join(' ')).not.toContain('cache')
  expect(secrets).not.toContain('4')
})
