import { useEffect, useState } from 'preact/hooks'
import { hrefOf } from '../../console/route.ts'
import { ApiError } from '../../shared/api.ts'
import type { Delivery, Webhook } from '../../shared/manage.ts'
import type { Page } from '../../shared/views.ts'
import { call } from '../../ui/call.ts'
import type { Column } from '../../ui/data-table.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Trouble } from '../../ui/trouble.tsx'
import { DeliveryTable } from '../webhooks/delivery-table.tsx'

/** Of each endpoint; the view of the endpoint has the others. */
const EACH_MAX = 20
const ENDPOINTS_MAX = 500

interface Found {
  readonly dead: readonly Delivery[]
  readonly urls: ReadonlyMap<string, string>
  /** Some endpoint has more. */
  readonly hasMore: boolean
}

/** Over all endpoints, the newest first. */
export function DeadDeliveries() {
  const [found, setFound] = useState<Found | null>(null)
  const [problem, setProblem] = useState<ApiError | null>(null)
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    let isOver = false
    findDead().then(
      all => {
        if (isOver) return
        setFound(all)
        setProblem(null)
      },
      error => {
        if (!(error instanceof ApiError)) throw error
        if (!isOver) setProblem(error)
      },
    )
    return () => {
      isOver = true
    }
  }, [turn])
  const again = () => setTurn(turn + 1)
  return (
    <section class="view-part" aria-label="Not taken">
      <h3 class="view-part-title">Not taken</h3>
      {problem !== null && <Trouble problem={problem} onRetry={again} />}
      {found === null && problem === null && <p class="reading">Reading …</p>}
      {found?.dead.length === 0 && <EmptyState title="Every endpoint took what it was sent" />}
      {found !== null && found.dead.length > 0 && (
        <>
          <DeliveryTable rows={found.dead} onChanged={again} endpoint={endpointColumn(found.urls)} />
          {found.hasMore && <p class="quiet">The newest {EACH_MAX} of each endpoint; its own view has them all.</p>}
        </>
      )}
    </section>
  )
}

function endpointColumn(urls: ReadonlyMap<string, string>): Column<Delivery> {
  return {
    name: 'Endpoint',
    cell: ({ webhook_id }) => <a href={hrefOf('webhooks', webhook_id)}>{urls.get(webhook_id) ?? webhook_id}</a>,
  }
}

/** One after the other: a look at what went wrong is no reason for a hundred questions at once. @throws {ApiError} */
async function findDead(): Promise<Found> {
  const { data: webhooks } = await call<Page<Webhook>>(`/v1/webhooks?limit=${ENDPOINTS_MAX}`)
  const dead: Delivery[] = []
  let hasMore = false
  for (const { webhook_id } of webhooks) {
    const path = `/v1/webhooks/${encodeURIComponent(webhook_id)}/deliveries?state=dead&limit=${EACH_MAX}`
    const page = await call<Page<Delivery>>(path)
    dead.push(...page.data)
    hasMore ||= page.next_cursor !== null
  }
  dead.sort((a, b) => b.created_at.localeCompare(a.created_at))
  return { dead, urls: new Map(webhooks.map(({ webhook_id, url }) => [webhook_id, url])), hasMore }
}
