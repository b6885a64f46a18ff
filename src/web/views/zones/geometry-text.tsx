import { type Drawn, ringOf } from '../../map/polygon.ts'
import type { Zone } from '../../shared/manage.ts'
import { Field } from '../../ui/field.tsx'

interface GeometryTextProps {
  /** Null: it is not used. */
  readonly text: string | null
  /** The zone has holes or further parts, which no table of corners has. */
  readonly isNeeded: boolean
  readonly drawn: Drawn
  readonly zone: Zone | null
  readonly error: string | null
  readonly onText: (text: string | null) => void
}

export function GeometryText({ text, isNeeded, drawn, zone, error, onText }: GeometryTextProps) {
  if (text === null) {
    const begin = () => onText(JSON.stringify(isNeeded ? zone?.geometry : shapeOf(drawn), null, 1))
    return (
      <div>
        {isNeeded && <p class="field-hint">It has holes or several parts: its shape is changed as GeoJSON.</p>}
        <button type="button" class="as-link" onClick={begin}>
          Edit the shape as GeoJSON
        </button>
        {error !== null && <p class="field-error">{error}</p>}
      </div>
    )
  }
  return (
    <>
      <Field label="GeoJSON" hint="A Polygon or MultiPolygon: rings of [longitude, latitude]." error={error}>
        {control => (
          <textarea
            {...control}
            rows={10}
            spellcheck={false}
            value={text}
            onInput={event => onText(event.currentTarget.value)}
          />
        )}
      </Field>
      <div>
        <button type="button" class="as-link" onClick={() => onText(null)}>
          {isNeeded ? 'Leave the shape as it is' : 'Draw it instead'}
        </button>
      </div>
    </>
  )
}

function shapeOf(drawn: Drawn): object {
  return { type: 'Polygon', coordinates: [ringOf(drawn)] }
}
