/**
 * Refusals, as RFC 9457 problem documents. Whatever a caller is refused leaves by this door: a handler throws a
 * {@link Refusal} with a stable `code`, and one place turns it into `application/problem+json`. `type` is a URN and not an
 * address, so that it is stable without a web site behind it; clients switch on `code`.
 */
const PROBLEMS = {
  malformed: [400, 'Malformed request'],
  unauthorized: [401, 'Not authorized'],
  forbidden: [403, 'Forbidden'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'Method not allowed'],
  already_exists: [409, 'Already exists'],
  driver_unavailable: [409, 'Driver unavailable'],
  in_use: [409, 'In use'],
  limit_reached: [409, 'Limit reached'],
  idempotency_in_progress: [409, 'Still in progress'],
  invalid_transition: [409, 'Invalid transition'],
  offer_closed: [409, 'Offer closed'],
  pin_locked: [409, 'Too many wrong PINs'],
  pin_wrong: [409, 'Wrong PIN'],
  price_changed: [409, 'Another price'],
  proof_required: [409, 'Proof of delivery required'],
  too_early: [409, 'Too early'],
  version_conflict: [409, 'Changed meanwhile'],
  quote_expired: [410, 'Quote expired'],
  too_large: [413, 'Body too large'],
  unsupported_media_type: [415, 'Unsupported media type'],
  idempotency_mismatch: [422, 'Idempotency key used for another request'],
  invalid: [422, 'Invalid request'],
  outside_service_area: [422, 'Outside of the service area'],
  unstorable: [422, 'Cannot be stored'],
  upgrade_required: [426, 'WebSocket required'],
  rate_limited: [429, 'Too many requests'],
  internal: [500, 'Internal error'],
  issuer_unavailable: [503, 'Issuer of tokens unavailable'],
  not_ready: [503, 'Not ready'],
  overloaded: [503, 'Overloaded'],
  record_unavailable: [503, 'Record unavailable'],
  timeout: [503, 'No answer in time'],
} as const satisfies Record<string, readonly [number, string]>

export type ProblemCode = keyof typeof PROBLEMS

export const PROBLEM_CODES: readonly string[] = Object.keys(PROBLEMS).sort()

export interface FieldError {
  /** A JSON pointer into the body, as `/pickup/latitude`, or the name of a query parameter or header behind a slash. */
  readonly path: string
  readonly message: string
}

export interface RefusalDetails {
  readonly errors?: readonly FieldError[]
  readonly headers?: Readonly<Record<string, string>>
  /** Further members of the document. */
  readonly members?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** How long a caller should leave us alone when we are overloaded or the record is down. */
const RETRY_AFTER_S = 1

/** An expected answer other than success. `detail` is a sentence for people and never holds a secret. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: ProblemCode
  readonly details: RefusalDetails

  constructor(code: ProblemCode, detail: string, details: RefusalDetails = {}) {
    super(detail, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.details = details
  }

  get status(): number {
    return statusOfCode(this.code)
  }
}

export function statusOfCode(code: ProblemCode): number {
  return PROBLEMS[code][0]
}

export function titleOfCode(code: ProblemCode): string {
  return PROBLEMS[code][1]
}

/** A well-formed request with values that are not allowed. */
export function invalid(errors: readonly FieldError[]): Refusal {
  const first = errors[0]
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return new Refusal('invalid', first ? `${first.path}: ${first.message}${more}` : 'The request is not valid.', {
    errors,
  })
}

export function invalidField(path: string, message: string): Refusal {
  return invalid([{ path, message }])
}

export function notFound(what: string): Refusal {
  return new Refusal('not_found', `There is no such ${what}.`)
}

const PROBLEM_HEADERS = {
  'content-type': 'application/problem+json',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
}

/** @param requestId  of the request that it answers, for whoever asks about it. */
export function problemResponse(refusal: Refusal, requestId: string | null = null): Response {
  const { errors, headers, members } = refusal.details
  const [status, title] = PROBLEMS[refusal.code]
  const body = {
    type: `urn:waggle:problem:${refusal.code}`,
    title,
    status,
    detail: refusal.message,
    code: refusal.code,
    ...(requestId === null ? {} : { request_id: requestId }),
    ...(errors === undefined ? {} : { errors }),
    ...members,
  }
  const retry =
    status === 503 || refusal.code === 'idempotency_in_progress' ? { 'retry-after': `${RETRY_AFTER_S}` } : {}
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...PROBLEM_HEADERS, ...retry, ...headers },
  })
}
