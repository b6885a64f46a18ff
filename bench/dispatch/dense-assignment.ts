/**
 * The cheapest assignment by the Hungarian method over a whole matrix: rows ≤ columns, every row gets a column.
 *
 * Not the engine's solver: an independent one, so that the baseline does not share its mistakes. Cubic, which a
 * baseline of some hundred open orders can afford. Ties go to the smaller column.
 */
export function assignDense(costs: readonly Float64Array[], columns: number): Int32Array {
  const rows = costs.length
  const rowPrice = new Float64Array(rows + 1)
  const columnPrice = new Float64Array(columns + 1)
  /** Of each column, counted from 1; 0 is none. Column 0 holds the row that is being placed. */
  const rowOf = new Int32Array(columns + 1)
  const previous = new Int32Array(columns + 1)
  for (let row = 1; row <= rows; row++) {
    rowOf[0] = row
    const slack = new Float64Array(columns + 1).fill(Number.POSITIVE_INFINITY)
    const settled = new Uint8Array(columns + 1)
    let column = 0
    do {
      column = settleNext({ costs, columns, rowPrice, columnPrice, rowOf, previous, slack, settled }, column)
    } while (rowOf[column] !== 0)
    while (column !== 0) {
      const before = previous[column] as number
      rowOf[column] = rowOf[before] as number
      column = before
    }
  }
  return columnsOf(rowOf, rows)
}

interface Work {
  readonly costs: readonly Float64Array[]
  readonly columns: number
  readonly rowPrice: Float64Array
  readonly columnPrice: Float64Array
  readonly rowOf: Int32Array
  readonly previous: Int32Array
  readonly slack: Float64Array
  readonly settled: Uint8Array
}

/** Indexes stay within the arrays, which the compiler cannot know. @returns the nearest column that is not settled yet. */
function settleNext(work: Work, column: number): number {
  const { costs, columns, rowPrice, columnPrice, rowOf, previous, slack, settled } = work
  settled[column] = 1
  const row = rowOf[column] as number
  const cost = costs[row - 1] as Float64Array
  const paid = rowPrice[row] as number
  let nearest = 0
  let least = Number.POSITIVE_INFINITY
  for (let j = 1; j <= columns; j++) {
    if (settled[j]) continue
    const reduced = (cost[j - 1] as number) - paid - (columnPrice[j] as number)
    if (reduced < (slack[j] as number)) {
      slack[j] = reduced
      previous[j] = column
    }
    if ((slack[j] as number) < least) {
      least = slack[j] as number
      nearest = j
    }
  }
  for (let j = 0; j <= columns; j++) {
    if (settled[j]) {
      const holder = rowOf[j] as number
      rowPrice[holder] = (rowPrice[holder] as number) + least
      columnPrice[j] = (columnPrice[j] as number) - least
    } else {
      slack[j] = (slack[j] as number) - least
    }
  }
  return nearest
}

function columnsOf(rowOf: Int32Array, rows: number): Int32Array {
  const result = new Int32Array(rows).fill(-1)
  for (let column = 1; column < rowOf.length; column++) {
    const row = rowOf[column] as number
    if (row > 0) result[row - 1] = column - 1
  }
  return result
}
