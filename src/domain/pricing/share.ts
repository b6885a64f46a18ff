/** `amount × part / whole`, half up, in whole numbers. Exact while the product is below 2^53, which the callers' limits see to. */
export function share(amount: number, part: number, whole: number): number {
  return Math.floor((amount * part * 2 + whole) / (whole * 2))
}
