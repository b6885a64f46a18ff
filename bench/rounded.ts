/** Figures with so many decimals as can be told apart. */
export function rounded(value: number, decimals = 2): number {
  const scale = 10 ** decimals
  return Math.round(value * scale) / scale
}

export function roundedOrNull(value: number | null, decimals = 2): number | null {
  return value === null ? null : rounded(value, decimals)
}
