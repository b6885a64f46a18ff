import type { PersonalKey } from '../store/personal-fields.ts'
import { ConfigError } from './config-error.ts'

const ENTRY = /^([a-z0-9-]{1,16}):([A-Za-z0-9+/_-]{43}=?)$/
/** Old ones stay for as long as the journal has what they sealed. */
const KEYS_MAX = 32

/** @throws {ConfigError} which does not repeat them. */
export function readPersonalKeys(value: string): readonly PersonalKey[] {
  if (value === '') return []
  const keys = value.split(',').map(entry => {
    const [, id = '', text = ''] = ENTRY.exec(entry.trim()) ?? []
    return { id, key: new Uint8Array(Buffer.from(text, 'base64')) }
  })
  const isRight = keys.length <= KEYS_MAX && keys.every(({ id, key }) => id !== '' && key.length === 32)
  if (!isRight || new Set(keys.map(({ id }) => id)).size < keys.length) {
    throw new ConfigError(
      `WAGGLE_PERSONAL_KEYS must be id:key with commas between them: ids of a-z, 0-9 and -, each once, keys of 32 bytes as base64; at most ${KEYS_MAX}.`,
    )
  }
  return keys
}
