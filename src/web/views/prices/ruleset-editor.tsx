import { useState } from 'preact/hooks'
import { may } from '../../console/me.ts'
import { go } from '../../console/router.ts'
import type { Ruleset, RulesetPreview } from '../../shared/manage.ts'
import { say } from '../../ui/call.ts'
import { Field, TextField } from '../../ui/field.tsx'
import { FormProblem } from '../../ui/form-problem.tsx'
import { errorAt, useSubmit } from '../../ui/use-submit.ts'
import { ViewPage } from '../../ui/view-page.tsx'
import { ActivateRuleset } from './activate-ruleset.tsx'
import { PreviewCard } from './preview-card.tsx'
import { bodyOf, draftFrom, FORM_PATHS, type RulesetDraft } from './ruleset-draft.ts'

interface RulesetEditorProps {
  readonly from: Ruleset | null
  readonly onMade: () => void
}

const QUOTES_MAX = 2_000
const FIGURE_FIELDS = [
  ['base_minor', 'Base fare', ''],
  ['per_km_minor', 'Per km', ''],
  ['per_minute_minor', 'Per minute', ''],
  ['minimum_minor', 'At least', ''],
  ['maximum_minor', 'At most', 'Left empty: no limit'],
  ['round_to_minor', 'Rounded to', ''],
] as const

/** A ruleset before it is made: it is tried on past quotes as often as somebody likes, then made once. */
export function RulesetEditor({ from, onMade }: RulesetEditorProps) {
  const [draft, setDraft] = useState<RulesetDraft>(() => draftFrom(from))
  /** Of which draft: figures beside other prices would mislead. */
  const [preview, setPreview] = useState<{ readonly of: RulesetDraft; readonly result: RulesetPreview } | null>(null)
  const [isActivating, setActivating] = useState(false)
  const trial = useSubmit()
  const making = useSubmit()
  const read = bodyOf(draft)
  const broken = read.kind === 'broken' ? read.message : null
  const fields = making.fields.length > 0 ? making.fields : trial.fields
  const error = (path: string) => errorAt(fields, path)
  const set = (name: keyof RulesetDraft) => (value: string) => setDraft(now => ({ ...now, [name]: value }))
  const tryIt = async () => {
    if (read.kind === 'broken') return
    const path = `/v1/pricing/rulesets/preview?limit=${QUOTES_MAX}`
    const result = await trial.send<RulesetPreview>({ method: 'POST', path, body: read.body })
    setPreview(result === null ? null : { of: draft, result })
  }
  const make = async () => {
    if (read.kind === 'broken') return
    const made = await making.send<Ruleset>({ method: 'POST', path: '/v1/pricing/rulesets', body: read.body })
    if (made === null) return
    say(`Ruleset ${made.version} is made.`)
    onMade()
    go('prices')
  }
  const others = fields.filter(({ path }) => !FORM_PATHS.includes(path))
  return (
    <ViewPage
      title="New ruleset"
      about={from === null ? 'Prices as data.' : `Begun from ${from.version}. Try it on past quotes before it counts.`}
      acts={<a href="#/prices">All rulesets</a>}
    >
      <div class="two-columns">
        <form
          class="card form"
          noValidate
          onSubmit={event => {
            event.preventDefault()
            void tryIt()
          }}
        >
          <div class="form-row">
            <TextField label="Version" value={draft.version} onValue={set('version')} error={error('/version')} />
            <TextField label="Currency" value={draft.currency} onValue={set('currency')} error={error('/currency')} />
          </div>
          <p class="field-hint">Amounts in the smallest coin: 250 is 2.50.</p>
          <div class="form-row">
            {FIGURE_FIELDS.map(([name, label, hint]) => (
              <TextField
                key={name}
                label={label}
                inputMode="numeric"
                value={draft[name]}
                onValue={set(name)}
                hint={hint}
                error={error(`/${name}`)}
              />
            ))}
          </div>
          <div class="form-row">
            <TextField
              label="Counts from"
              type="datetime-local"
              value={draft.valid_from}
              onValue={set('valid_from')}
              hint="Left empty: from when it is made"
              error={error('/valid_from')}
            />
            <TextField
              label="Until"
              type="datetime-local"
              value={draft.valid_to}
              onValue={set('valid_to')}
              hint="Left empty: until another"
              error={error('/valid_to')}
            />
          </div>
          <Field
            label="Further rules, as JSON"
            hint="by_vehicle_type, time_zone, time_bands, price_areas, surge, waiting, cancellation, no_show, cells"
            error={broken ?? (others.length === 0 ? null : others.map(f => `${f.path}: ${f.message}`).join(' · '))}
          >
            {control => (
              <textarea
                {...control}
                rows={14}
                spellcheck={false}
                value={draft.further}
                onInput={event => set('further')(event.currentTarget.value)}
              />
            )}
          </Field>
          <FormProblem problem={making.fields.length > 0 ? making.problem : trial.problem} />
          <div class="acts">
            <button type="submit" disabled={trial.isBusy || broken !== null}>
              {trial.isBusy ? 'Reckoning …' : 'Try on past quotes'}
            </button>
            {may('POST /v1/pricing/rulesets') && (
              <button type="button" class="primary" disabled={broken !== null} onClick={() => setActivating(true)}>
                Activate …
              </button>
            )}
          </div>
        </form>
        <PreviewCard preview={preview?.result ?? null} isOld={preview !== null && preview.of !== draft} />
      </div>
      {isActivating && (
        <ActivateRuleset
          draft={draft}
          preview={preview !== null && preview.of === draft ? preview.result : null}
          submit={making}
          onYes={() => void make()}
          onClose={() => setActivating(false)}
        />
      )}
    </ViewPage>
  )
}
