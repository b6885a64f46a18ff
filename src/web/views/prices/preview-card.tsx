import type { PreviewExample, RulesetPreview } from '../../shared/manage.ts'
import { ago, dayTime, distance, money, plain } from '../../shared/words.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'

/** What the draft would have charged. */
export function PreviewCard({ preview, isOld }: { preview: RulesetPreview | null; isOld: boolean }) {
  return (
    <section class="card" aria-label="Preview" aria-live="polite">
      <h3>On past quotes</h3>
      {preview === null && (
        <EmptyState title="Not tried yet">
          <p>See what it would have made of quotes of the past, before it counts.</p>
        </EmptyState>
      )}
      {preview !== null && isOld && <p class="form-problem">The prices were changed since: try them again.</p>}
      {preview !== null && preview.quotes === 0 && (
        <EmptyState title="There is no quote to compare with">
          <p>{skippedWords(preview) || 'Nobody has asked for a price yet.'}</p>
        </EmptyState>
      )}
      {preview !== null && preview.quotes > 0 && <Figures preview={preview} />}
    </section>
  )
}

function Figures({ preview }: { preview: RulesetPreview }) {
  const { quotes, dearer, cheaper, same, currency, amount_before, amount_after, difference, examples } = preview
  return (
    <>
      <ShareBar dearer={dearer} same={same} cheaper={cheaper} />
      <dl class="facts">
        <Fact name="All of them" value={`${money(amount_before, currency)} → ${money(amount_after, currency)}`} />
        <Fact name="Change" value={changeWords(amount_before, amount_after)} />
        {difference !== null && (
          <>
            <Fact name="The middle one changes by" value={signed(difference.p50, currency)} />
            <Fact
              name="Most lie between"
              value={`${signed(difference.p10, currency)} and ${signed(difference.p90, currency)}`}
            />
          </>
        )}
      </dl>
      <p class="quiet">{ofWhat(preview, quotes)}</p>
      {examples.length > 0 && (
        <DataTable
          caption="Those that would change most"
          columns={columnsOf(currency)}
          rows={examples}
          keyOf={({ quote_id }) => quote_id}
        />
      )}
    </>
  )
}

function ShareBar({ dearer, same, cheaper }: { dearer: number; same: number; cheaper: number }) {
  const parts = [
    ['dearer', dearer],
    ['same', same],
    ['cheaper', cheaper],
  ] as const
  return (
    <ul class="share-bar">
      {parts.map(([name, count]) => (
        <li key={name} class={`share share-${name}`} style={{ flexGrow: Math.max(count, 0.001) }}>
          <strong>{count.toLocaleString()}</strong> {name}
        </li>
      ))}
    </ul>
  )
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

function columnsOf(currency: string): Column<PreviewExample>[] {
  return [
    {
      name: 'Trip',
      cell: ({ distance_m, duration_s, vehicle_type }) => (
        <>
          {distance(distance_m)}, {ago(duration_s * 1_000)}
          {vehicle_type !== null && <small>{plain(vehicle_type)}</small>}
        </>
      ),
    },
    { name: 'Was', isNumber: true, cell: ({ before }) => money(before, currency) },
    { name: 'Would be', isNumber: true, cell: ({ after }) => money(after, currency) },
    { name: 'Change', isNumber: true, cell: each => <strong>{signed(each.difference, currency)}</strong> },
  ]
}

function signed(amountMinor: number, currency: string): string {
  const sign = amountMinor > 0 ? '+' : amountMinor < 0 ? '−' : ''
  return `${sign}${money(Math.abs(amountMinor), currency)}`
}

function changeWords(before: number, after: number): string {
  if (before === 0) return '–'
  const percent = (100 * (after - before)) / before
  return `${percent > 0 ? '+' : percent < 0 ? '−' : ''}${Math.abs(percent).toFixed(1)} %`
}

function ofWhat(preview: RulesetPreview, quotes: number): string {
  const { oldest_at, newest_at, has_more } = preview
  const time = oldest_at === null || newest_at === null ? '' : ` from ${dayTime(oldest_at)} to ${dayTime(newest_at)}`
  const rest = has_more ? ', the newest that there are' : ''
  const skipped = skippedWords(preview)
  return `${quotes.toLocaleString()} quotes${time}${rest}. ${skipped}`
}

function skippedWords({ skipped }: RulesetPreview): string {
  const parts = [
    [skipped.elsewhere, 'are for elsewhere'],
    [skipped.other_currency, 'have another currency'],
    [skipped.unknown, 'recorded too little'],
  ] as const
  const said = parts.filter(([count]) => count > 0).map(([count, words]) => `${count.toLocaleString()} ${words}`)
  return said.length === 0 ? '' : `Left out: ${said.join(', ')}.`
}
