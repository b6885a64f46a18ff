/** What goes wrong, as types: a refusal of the node, or no answer at all. */
import type { Problem, ProblemCode } from './generated.ts'

/** The node refused. Decide on `code`; `message` is for people. */
export class WaggleError extends Error {
  override readonly name = 'WaggleError'
  /** A later version of the node may have codes that this one does not know. */
  readonly code: ProblemCode | (string & {})
  readonly status: number
  readonly problem: Problem
  /** How long to leave the node alone, where it says so. */
  readonly retryAfterMs: number | null

  constructor(status: number, problem: Problem, retryAfterMs: number | null) {
    super(problem.detail)
    this.code = problem.code
    this.status = status
    this.problem = problem
    this.retryAfterMs = retryAfterMs
  }

  /** Each field that is wrong. */
  get errors(): readonly { readonly path: string; readonly message: string }[] {
    return this.problem.errors ?? []
  }
}

/** No answer came, or one that is no answer of a node. Whether anything was done is not known. */
export class WaggleConnectionError extends Error {
  override readonly name = 'WaggleConnectionError'
}

export function isCode(error: unknown, code: ProblemCode): error is WaggleError {
  return error instanceof WaggleError && error.code === code
}
