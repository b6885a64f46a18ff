/** Something that should not have been, and what brings it about again. */
export interface Finding {
  readonly what: string
  /** As a request or frame is called in its seed: `request 17`. */
  readonly label: string
  readonly sent: string
  readonly fault: string
}

const SENT_MAX = 300

export function sentText(sent: string | Uint8Array): string {
  const text = typeof sent === 'string' ? sent : `hex ${Buffer.from(sent).toString('hex')}`
  return text.length > SENT_MAX ? `${text.slice(0, SENT_MAX)}… (${text.length} characters)` : text
}
