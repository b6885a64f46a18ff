import { solve } from './matching.ts'

/** Enough for the compiler to have seen every loop with the types that batches have. */
const ROUNDS = 6
const ROWS = 160
const COLUMNS = 120
const CANDIDATES = 16

/**
 * Solves made-up batches, so that the first real one is not the one that waits for the compiler: cold, a batch takes some
 * 40 ms longer. To be called once per thread, before it serves.
 */
export function warmSolver(): void {
  for (let round = 0; round < ROUNDS; round++) {
    const candidates = Array.from({ length: ROWS }, (_, row) =>
      Array.from({ length: CANDIDATES }, (_, i) => ({ col: (row * 7 + i * 11) % COLUMNS, cost: (row * i * 37) % 601 })),
    )
    solve({ rows: ROWS, cols: COLUMNS, candidates, openCost: 400 + round })
  }
}
