/**
 * Which driver for which order: the optimal assignment of a batch. Rows (orders) have candidates (columns, the
 * drivers) with a cost each, and may stay open at a cost. The result has the least total cost that any assignment
 * has, each column used at most once.
 *
 * Shortest augmenting paths after Jonker and Volgenant (Computing 38, 1987), over sparse rows and with a
 * heap: each column has a price (at most 0, and 0 while it is free), a row wants the column of least cost − price. A
 * first pass lets the rows bid for their columns as in an auction, which settles most of them; each row left is
 * then placed by a shortest path of exchanges, which keeps the whole optimal at every step. Staying open is
 * a column of the row's own, so every row can be placed and a row that has become open stays so.
 *
 * Deterministic, so that a replay decides alike: ties go to the free column, then to the smaller one, and any column is
 * preferred to staying open.
 */
export interface Candidate {
  readonly col: number
  readonly cost: number
}

export interface MatchingProblem {
  readonly rows: number
  readonly cols: number
  /** Per row, in any order. A column that is not among a row's candidates is never given to it. */
  readonly candidates: ReadonlyArray<ReadonlyArray<Candidate>>
  /** The cost of leaving a row open, for all or per row. */
  readonly openCost: number | readonly number[]
}

const NONE = -1
/** Bids per row before the exact phase takes over: auctions with nearly equal prices can go on for very long. */
const BIDS_PER_ROW_MAX = 4

/** Row i has the columns cols[start[i]] … cols[start[i + 1] − 1]. All arrays are typed: this is the hot loop of a cell. */
interface Work {
  readonly rows: number
  readonly start: Int32Array
  readonly cols: Int32Array
  readonly costs: Float64Array
  readonly openCost: Float64Array
  readonly price: Float64Array
  readonly columnOf: Int32Array
  /** The cost of the row's present column. */
  readonly costOf: Float64Array
  readonly rowOf: Int32Array
}

/**
 * @returns the column of each row; −1 where it stays open.
 * @throws {RangeError} where a cost is not finite or a column does not exist.
 */
export function solve(problem: MatchingProblem): Int32Array {
  const work = prepare(problem)
  const left = bid(work)
  const search = newSearch(problem.cols)
  for (const row of left) augment(work, search, row)
  return work.columnOf
}

function prepare(problem: MatchingProblem): Work {
  const { rows, cols, candidates, openCost } = problem
  const start = new Int32Array(rows + 1)
  for (let row = 0; row < rows; row++) start[row + 1] = int(start, row) + (candidates[row]?.length ?? 0)
  const work: Work = {
    rows,
    start,
    cols: new Int32Array(int(start, rows)),
    costs: new Float64Array(int(start, rows)),
    openCost: new Float64Array(rows),
    price: new Float64Array(cols),
    columnOf: new Int32Array(rows).fill(NONE),
    costOf: new Float64Array(rows),
    rowOf: new Int32Array(cols).fill(NONE),
  }
  let next = 0
  for (let row = 0; row < rows; row++) {
    const open = typeof openCost === 'number' ? openCost : openCost[row]
    if (open === undefined || !Number.isFinite(open)) throw new RangeError(`open cost of row ${row} is ${open}`)
    work.openCost[row] = open
    for (const { col, cost } of candidates[row] ?? []) {
      if (!(Number.isInteger(col) && col >= 0 && col < cols))
        throw new RangeError(`row ${row} names column ${col} of ${cols}`)
      if (!Number.isFinite(cost)) throw new RangeError(`row ${row} has cost ${cost} for column ${col}`)
      work.cols[next] = col
      work.costs[next++] = cost
    }
  }
  return work
}

/**
 * Typed arrays are read within their bounds here; the compiler cannot know. One reader per type of array: a shared one
 * would see both and make every read of the hot loop a dispatch.
 */
function int(array: Int32Array, index: number): number {
  return array[index] as number
}

function real(array: Float64Array, index: number): number {
  return array[index] as number
}

/**
 * Augmenting row reduction: a row takes its best column and lowers the price by what it would give for it rather than
 * take the second best; who had the column bids again. @returns the rows that are not placed yet.
 */
function bid(work: Work): number[] {
  const { start, cols, costs, openCost, price, columnOf, costOf, rowOf } = work
  const left: number[] = []
  const queue = Array.from({ length: work.rows }, (_, row) => row)
  let bids = work.rows * BIDS_PER_ROW_MAX
  for (let head = 0; head < queue.length; head++) {
    const row = queue[head] as number
    let best = real(openCost, row)
    let second = Number.POSITIVE_INFINITY
    let edge = NONE
    for (let e = int(start, row), end = int(start, row + 1); e < end; e++) {
      const col = int(cols, e)
      const value = real(costs, e) - real(price, col)
      if (value < best || (value === best && (edge === NONE || isPreferred(work, col, int(cols, edge))))) {
        // The same column named twice is no second choice.
        if (edge === NONE || int(cols, edge) !== col) second = best
        best = value
        edge = e
      } else if (value < second && (edge === NONE || int(cols, edge) !== col)) second = value
    }
    if (edge === NONE) continue
    const col = int(cols, edge)
    const previous = int(rowOf, col)
    const lowered = real(price, col) - (second - best)
    // A tie for a taken column lowers no price and would go in circles: the exact phase decides it.
    if (previous !== NONE && (!(lowered < real(price, col)) || --bids < 0)) {
      left.push(row)
      continue
    }
    price[col] = Math.min(lowered, real(price, col))
    rowOf[col] = row
    columnOf[row] = col
    costOf[row] = real(costs, edge)
    if (previous !== NONE) {
      columnOf[previous] = NONE
      queue.push(previous)
    }
  }
  return left
}

/** Between two columns of the same value: the free one, which ends the search; else the smaller. */
function isPreferred(work: Work, col: number, other: number): boolean {
  const isFree = int(work.rowOf, col) === NONE
  return isFree === (int(work.rowOf, other) === NONE) ? col < other : isFree
}

/**
 * Scratch of the path search, kept between rows. The heap holds taken columns only, `place` says where; of the ends of a
 * path (free columns, rows that could become open) just the nearest is kept.
 */
interface Search {
  readonly distance: Float64Array
  readonly fromRow: Int32Array
  readonly fromCost: Float64Array
  readonly place: Int32Array
  readonly heap: Int32Array
  heapSize: number
  readonly touched: Int32Array
  touchedSize: number
  /** How far the nearest end is: no path as long as this is of use. */
  bound: number
  /** That end: a free column, or NONE where it is `openRow` that becomes open. */
  endColumn: number
  openRow: number
}

const UNSEEN = -1
const SETTLED = -2

function newSearch(cols: number): Search {
  return {
    distance: new Float64Array(cols),
    fromRow: new Int32Array(cols),
    fromCost: new Float64Array(cols),
    place: new Int32Array(cols).fill(UNSEEN),
    heap: new Int32Array(cols),
    heapSize: 0,
    touched: new Int32Array(cols),
    touchedSize: 0,
    bound: Number.POSITIVE_INFINITY,
    endColumn: NONE,
    openRow: NONE,
  }
}

/** Places one row by the cheapest chain of exchanges that ends at a free column or at a row that becomes open. */
function augment(work: Work, search: Search, row: number): void {
  search.bound = Number.POSITIVE_INFINITY
  search.endColumn = NONE
  search.openRow = NONE
  scan(work, search, row, 0)
  while (search.heapSize > 0 && real(search.distance, int(search.heap, 0)) < search.bound) {
    const col = popNearest(search)
    const holder = int(work.rowOf, col)
    scan(work, search, holder, real(search.distance, col) - (real(work.costOf, holder) - real(work.price, col)))
  }
  lowerPrices(work, search)
  exchange(work, search, row)
  for (let i = 0; i < search.touchedSize; i++) search.place[int(search.touched, i)] = UNSEEN
  search.touchedSize = 0
  search.heapSize = 0
}

/** Every column that `row` could take instead, `offset` being what it costs to make the row give its own up. */
function scan(work: Work, search: Search, row: number, offset: number): void {
  const { start, cols, costs, price, rowOf } = work
  const { distance, fromRow, fromCost, place, touched } = search
  const open = offset + real(work.openCost, row)
  if (open < search.bound) {
    search.bound = open
    search.endColumn = NONE
    search.openRow = row
  }
  for (let e = int(start, row), end = int(start, row + 1); e < end; e++) {
    const col = int(cols, e)
    const value = offset + real(costs, e) - real(price, col)
    if (value > search.bound) continue
    if (int(rowOf, col) === NONE) {
      if (value === search.bound && search.endColumn !== NONE && search.endColumn <= col) continue
      search.bound = value
      search.endColumn = col
    } else {
      const seen = int(place, col)
      if (value === search.bound || seen === SETTLED || (seen !== UNSEEN && value >= real(distance, col))) continue
      distance[col] = value
      if (seen === UNSEEN) touched[search.touchedSize++] = col
      siftUp(search, seen === UNSEEN ? search.heapSize++ : seen, col)
    }
    fromRow[col] = row
    fromCost[col] = real(costs, e)
  }
}

/** Makes the columns that were passed dear enough that every row still has its best one after the exchange. */
function lowerPrices(work: Work, search: Search): void {
  for (let i = 0; i < search.touchedSize; i++) {
    const col = int(search.touched, i)
    const below = real(search.distance, col) - search.bound
    if (int(search.place, col) === SETTLED && below < 0) work.price[col] = real(work.price, col) + below
  }
}

/** Follows the path back from its end: each row on it takes the column before, down to the new row. */
function exchange(work: Work, search: Search, row: number): void {
  const { columnOf, costOf, rowOf } = work
  let col = search.endColumn
  if (col === NONE) {
    const opened = search.openRow
    col = int(columnOf, opened)
    columnOf[opened] = NONE
    if (opened === row) return
  }
  for (;;) {
    const taker = int(search.fromRow, col)
    const given = int(columnOf, taker)
    columnOf[taker] = col
    rowOf[col] = taker
    costOf[taker] = real(search.fromCost, col)
    if (taker === row) return
    col = given
  }
}

function nearer(search: Search, a: number, b: number): boolean {
  const difference = real(search.distance, a) - real(search.distance, b)
  return difference < 0 || (difference === 0 && a < b)
}

function siftUp(search: Search, from: number, col: number): void {
  const { heap, place } = search
  let i = from
  while (i > 0) {
    const parent = (i - 1) >> 1
    const above = int(heap, parent)
    if (!nearer(search, col, above)) break
    heap[i] = above
    place[above] = i
    i = parent
  }
  heap[i] = col
  place[col] = i
}

function popNearest(search: Search): number {
  const { heap, place } = search
  const top = int(heap, 0)
  place[top] = SETTLED
  const moved = int(heap, --search.heapSize)
  const size = search.heapSize
  let i = 0
  for (let child = 1; child < size; child = 2 * i + 1) {
    if (child + 1 < size && nearer(search, int(heap, child + 1), int(heap, child))) child++
    const below = int(heap, child)
    if (!nearer(search, below, moved)) break
    heap[i] = below
    place[below] = i
    i = child
  }
  if (size > 0) {
    heap[i] = moved
    place[moved] = i
  }
  return top
}
