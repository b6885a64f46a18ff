/**
 * The last look at a line before it is written. Nobody is to log a secret or a person; should somebody do so all the same
 * (an error of a library that quotes what it was given), what can be known by its looks or its value does not get out.
 *
 * Known by their looks: API keys, tokens, tracking links, `Bearer …`, passwords in URLs, `token=` of a query, sealed fields, telephone
 * numbers with their country's code, e-mail addresses. By their values: the secrets of this node. Names and streets look like
 * any other word: those are kept out by not being logged.
 */
const PATTERNS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bBearer\s+[\w.~+/=-]+/gi, 'Bearer …'],
  [/\bsk_(live|test)_[\w-]+/g, 'sk_$1_…'],
  [/\bwag_[\w-]{16,}/g, 'wag_…'],
  [/\btrk_[\w-]{16,}/g, 'trk_…'],
  [/\bwhsec_[\w+/=-]+/g, 'whsec_…'],
  [/\beyJ[\w-]+\.[\w-]*(\.[\w-]*)?/g, 'eyJ…'],
  [/\benc:1:[\w:+/=-]+/g, 'enc:1:…'],
  // Up to the last @ before the path: a password may hold one.
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/"']*@/gi, '$1…@'],
  [/\b((?:access_)?token|sig|signature|key|secret|password)=[^\s&"']+/gi, '$1=…'],
  [/[\w.%+-]+@[\w-]+(\.[\w-]+)+/g, '…@…'],
  [/\+\d(?:[\s().-]?\d){6,16}/g, '+…'],
]

/** Shorter ones would be found in the middle of words. */
const SECRET_CHARS_MIN = 8
const INSTEAD = '…'

export type Scrub = (text: string) => string

/** @param secrets  what must not be written, whatever it looks like. */
export function scrubber(secrets: readonly string[]): Scrub {
  const known = [...new Set(secrets)]
    .filter(secret => secret.length >= SECRET_CHARS_MIN)
    .toSorted((a, b) => b.length - a.length)
  return text => {
    let clean = text
    for (const secret of known) if (clean.includes(secret)) clean = clean.replaceAll(secret, INSTEAD)
    for (const [pattern, instead] of PATTERNS) clean = clean.replace(pattern, instead)
    return clean
  }
}
