/** What shows that an order was delivered: a PIN that its customer tells the driver, a photo, a signature. Pictures are kept elsewhere. */
export const PROOF_KINDS = ['pin', 'photo', 'signature'] as const
export type ProofKind = (typeof PROOF_KINDS)[number]

/** What an order asks for. */
export interface ProofRequired {
  readonly required: readonly ProofKind[]
  /** Known to its customer alone, and to whoever works for the fleet. Missing where none is required. */
  readonly pin?: string
}

/** Where a picture is, and what it was when it was handed in: one that is changed later is another one. */
export interface ProofReference {
  readonly ref: string
  readonly sha256: string
}

/** As it is claimed. */
export interface ProofClaim {
  readonly pin: string | null
  readonly photo: ProofReference | null
  readonly signature: ProofReference | null
  /** Why nothing else is asked for: a dispatcher's word. */
  readonly waivedBecause: string | null
}

/** As it is recorded: that the PIN was right, never the PIN. */
export interface ProofGiven {
  readonly pin: boolean
  readonly photo: ProofReference | null
  readonly signature: ProofReference | null
  readonly waivedBecause: string | null
}

/** Wrong PINs of one order: of ten thousand nobody guesses one with so many. */
export const PIN_TRIES_MAX = 5
const PIN_DIGITS = 4

/** @returns those that are required and not claimed. */
export function missingProof({ required }: ProofRequired, claim: ProofClaim | null): ProofKind[] {
  return required.filter(kind => (claim?.[kind] ?? null) === null)
}

/** Takes as long for a PIN that is wrong in its first digit as for one that is wrong in its last. */
export function isSamePin(claimed: string, pin: string): boolean {
  let difference = claimed.length ^ pin.length
  for (let i = 0; i < pin.length; i++) difference |= claimed.charCodeAt(i) ^ pin.charCodeAt(i)
  return difference === 0
}

/** @param bytes  at least four, by chance. */
export function pinFrom(bytes: Uint8Array): string {
  const [a = 0, b = 0, c = 0, d = 0] = bytes
  // Of four billion: no PIN is likelier than another by more than a millionth.
  const number = ((a * 256 + b) * 256 + c) * 256 + d
  return String(number % 10 ** PIN_DIGITS).padStart(PIN_DIGITS, '0')
}
