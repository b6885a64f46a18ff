import { Refusal } from '../problem.ts'
import type { Principal } from './principal.ts'

/**
 * For which customer something is asked. A customer asks for itself, whether or not it says so; whoever works for the fleet
 * says for whom, or for nobody.
 *
 * @throws {Refusal} `forbidden` where a customer names another.
 */
export function customerFor({ role, id }: Principal, named: string | null): string | null {
  if (role !== 'customer') return named
  if (named !== null && named !== id) throw new Refusal('forbidden', 'A customer asks for itself, not for another one.')
  return id
}
