/** Numbers for changes of what every node knows: given in the order of their commits, so that none appears below one that was seen. */
import type { Querying } from './postgres.ts'

/** Within a transaction, before anything else in it is read: those who change the same wait for each other. */
export async function nextChange(tx: Querying, kind: 'zones' | 'vehicles'): Promise<number> {
  const [row] = await tx<{ last: number }[]>`update changes set last = last + 1 where kind = ${kind} returning last`
  if (row === undefined) throw new Error(`there is no number for changes of ${kind}`)
  return row.last
}
