/** Sends bad requests, and looks at every answer: a 4xx that the document names, as a problem document with a code and the place that is wrong. */
import { type OpenApi, operationsOf } from '../contract/documents.ts'
import { isFields, violations } from '../contract/schema.ts'
import { type BadRequest, badRequest } from './bad-request.ts'
import { Draw } from './draw.ts'
import { type Finding, sentText } from './finding.ts'

export interface RequestsPlan {
  readonly url: string
  readonly token: string
  readonly seed: number
  readonly requests: number
  readonly ids: Readonly<Record<string, string>>
}

export interface RequestsReport {
  readonly sent: number
  /** How many answers had that status. */
  readonly statuses: Readonly<Record<string, number>>
  readonly findings: readonly Finding[]
}

const AT_ONCE = 16
const ANSWER_MAX_MS = 30_000
const PROBLEM = 'application/problem+json'

export async function sendRequests(plan: RequestsPlan, document: OpenApi): Promise<RequestsReport> {
  const operations = operationsOf(document)
  const statuses: Record<string, number> = {}
  const findings: Finding[] = []
  let next = 0
  const worker = async () => {
    for (let i = next++; i < plan.requests; i = next++) {
      const label = `request ${i}`
      const draw = new Draw(plan.seed, label)
      const request = badRequest({
        operations,
        schemas: document.components.schemas,
        token: plan.token,
        draw,
        ids: plan.ids,
      })
      const { status, wrong } = await judged(plan.url, request, document)
      statuses[status] = (statuses[status] ?? 0) + 1
      const sent = `${request.method} ${request.path} ${sentText(request.body ?? '')}`
      for (const what of wrong) findings.push({ what, label, sent, fault: request.fault })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return { sent: plan.requests, statuses, findings }
}

async function judged(
  url: string,
  request: BadRequest,
  document: OpenApi,
): Promise<{ status: number; wrong: string[] }> {
  try {
    const { method, path, headers, body } = request
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { ...headers },
      // A body of its own is none of GET.
      ...(body === undefined || method === 'GET' ? {} : { body }),
      signal: AbortSignal.timeout(ANSWER_MAX_MS),
    })
    const text = await answer.text()
    return { status: answer.status, wrong: wrongWith(answer, text, request, document) }
  } catch (error) {
    return { status: 0, wrong: [`no answer: ${error instanceof Error ? error.message : String(error)}`] }
  }
}

function wrongWith(
  { status, headers }: Response,
  text: string,
  { operation, places }: BadRequest,
  document: OpenApi,
): string[] {
  if (status === 202 && hasRejected(jsonOf(text))) return []
  if (status < 400) return [`answered with ${status}, and not refused`]
  if (status >= 500) return [`answered with ${status}: ${text.slice(0, 200)}`]
  const type = headers.get('content-type')
  if (type !== PROBLEM) return [`${status} as ${type}`]
  const problem = jsonOf(text)
  if (!isFields(problem) || typeof problem.code !== 'string') return [`${status} without a code: ${text.slice(0, 200)}`]
  const shape = violations({ $ref: '#/components/schemas/Problem' }, problem, document.components.schemas)
  const isNamed = operation === null || operation.responses[status] !== undefined
  const isElsewhere = problem.code === 'invalid' && places !== undefined && !namesOneOf(places, problem.errors)
  return [
    ...shape,
    ...(isNamed ? [] : [`${status} ${problem.code}, which the document does not name`]),
    ...(isElsewhere ? [`does not name ${places.slice(0, 3).join(' or ')}: ${text.slice(0, 200)}`] : []),
  ]
}

/** The place itself, one in it, or what it is in. */
function namesOneOf(places: readonly string[], errors: unknown): boolean {
  const named = Array.isArray(errors) ? errors.flatMap(error => (isFields(error) ? [String(error.path)] : [])) : []
  return named.some(path => places.some(place => place.startsWith(path) || path.startsWith(place)))
}

/** One bad row never takes the others of its batch down: it is named, with a code. */
function hasRejected(answer: unknown): boolean {
  const rows = isFields(answer) && Array.isArray(answer.rejected) ? answer.rejected : []
  return rows.length > 0 && rows.every(row => isFields(row) && typeof row.code === 'string')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Told apart by its caller: no problem document is undefined.
    return undefined
  }
}
