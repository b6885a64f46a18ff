/**
 * A picture as proof. Nothing is uploaded: the API keeps where a picture is, and the digest that tells it from another one. So the picture
 * goes into the phone's own downloads, under the name that the reference says, for the company to collect.
 */
import type { Reference } from './core/state.ts'

const NAME_DIGITS = 12

export async function keepPicture(picture: Blob, what: 'photo' | 'signature', orderId: string): Promise<Reference> {
  const digest = await crypto.subtle.digest('SHA-256', await picture.arrayBuffer())
  const sha256 = [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0')).join('')
  const ending = picture.type === 'image/png' ? 'png' : 'jpg'
  const name = `waggle-${orderId}-${what}-${sha256.slice(0, NAME_DIGITS)}.${ending}`
  const url = URL.createObjectURL(picture)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
  return { ref: `file:${name}`, sha256 }
}
