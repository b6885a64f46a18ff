/** What people did to the deployment. */
import { listActs } from '../../store/audit-log.ts'
import type { Http } from '../context.ts'
import { type Endpoint, json } from '../endpoint.ts'
import { pageFrom, pageRequest, renderPage } from '../pages.ts'
import { readQuery } from '../query.ts'
import { renderAct } from '../render/access.ts'
import { parseInstant } from '../rfc3339.ts'
import { ActView, AuditQuery, auditQuery } from '../schemas/access.ts'
import { Page } from '../schemas/common.ts'

export function auditRoutes(http: Http): Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/v1/audit-log',
      access: 'key',
      operation: {
        tag: 'Access',
        summary: 'What admins and dispatchers did, newest first.',
        description: 'Written before each act; `status` follows half a second after it.',
        query: AuditQuery,
        answers: { 200: { description: 'A page.', schema: Page(ActView) } },
        problems: ['record_unavailable'],
      },
      handle: async call => {
        const query = readQuery(auditQuery, call.request)
        const filter = {
          actorRole: query.actor_role,
          actorId: query.actor_id,
          action: query.action,
          target: query.target,
          afterMs: instantOf(query.after),
          beforeMs: instantOf(query.before),
        }
        return json(200, renderPage(await pageFrom(listActs(http.sql, filter, pageRequest(query))), renderAct))
      },
    },
  ]
}

function instantOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : (parseInstant(text) ?? undefined)
}
