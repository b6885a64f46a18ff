/** The address of an endpoint as somebody typed it. Where its name leads is judged with each connection, not here. */
import { isIP } from 'node:net'
import { isPublicAddress } from './address.ts'
import { URL_LENGTH_MAX } from './limits.ts'

const UNSEEN = /[\s\p{Cc}\p{Cf}]/u

/** @returns what is wrong with it, or null. */
export function faultOfUrl(text: string, allowPrivate: boolean): string | null {
  if (text.length > URL_LENGTH_MAX) return `Expected at most ${URL_LENGTH_MAX} characters`
  const url = URL.parse(text)
  if (url === null) return 'Expected a URL'
  // The platform leaves some of them out: then it calls another address than the one that people read.
  if (UNSEEN.test(text)) return 'Expected no blanks and no control characters'
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:')) {
    return allowPrivate
      ? 'Expected a URL that begins with https:// or http://'
      : 'Expected a URL that begins with https://'
  }
  if (url.username !== '' || url.password !== '') return 'Expected no user and no password: requests are signed instead'
  if (url.hash !== '') return 'Expected nothing behind a #'
  const address = addressIn(url)
  if (address !== null && !allowPrivate && !isPublicAddress(address)) return 'Expected a public address'
  return null
}

/** @returns the address that the URL names itself, however it was written; null where it has a name. */
export function addressIn({ hostname }: URL): string | null {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  return isIP(bare) === 0 ? null : bare
}
