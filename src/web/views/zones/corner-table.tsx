import { CORNERS_MIN, closed, type Drawn, movedCorner, withCorner, withoutCorner } from '../../map/polygon.ts'
import type { FieldError } from '../../shared/api.ts'

interface CornerTableProps {
  readonly drawn: Drawn
  readonly fields: readonly FieldError[]
  readonly onDrawn: (drawn: Drawn) => void
}

const AT_CORNER = /^\/geometry\/coordinates\/0\/(\d+)/

/** What is wrong with the shape is shown at its corner. */
export function isAtCorner(fields: readonly FieldError[]): boolean {
  return fields.some(({ path }) => AT_CORNER.test(path))
}

/** The shape in figures: for whoever draws with keys, and where a surveyor says them. */
export function CornerTable({ drawn, fields, onDrawn }: CornerTableProps) {
  const { corners, isClosed } = drawn
  const wrong = new Map(
    fields.flatMap(({ path, message }) => {
      const at = AT_CORNER.exec(path)?.[1]
      // The ring ends where it began.
      return at === undefined ? [] : [[Number(at) % Math.max(1, corners.length), message] as const]
    }),
  )
  const set = (at: number, axis: 0 | 1) => (text: string) => {
    const value = Number(text)
    const corner = corners[at]
    if (corner === undefined || text.trim() === '' || !Number.isFinite(value)) return
    onDrawn(movedCorner(drawn, at, axis === 0 ? [value, corner[1]] : [corner[0], value]))
  }
  const add = () => onDrawn(withCorner(drawn, corners.at(-1) ?? [0, 0]))
  return (
    <fieldset class="periods">
      <legend>Shape</legend>
      <p class="field-hint" role="status">
        {wordsOf(drawn)}
      </p>
      {corners.length > 0 && (
        <div class="corners">
          <table>
            <caption class="unseen">Corners of the zone</caption>
            <thead>
              <tr>
                <th scope="col">Latitude</th>
                <th scope="col">Longitude</th>
                <th scope="col">
                  <span class="unseen">Act</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {corners.map((corner, i) => (
                <tr key={i} class={wrong.has(i) ? 'corner-wrong' : undefined}>
                  <td>
                    <CornerInput label={`Latitude of corner ${i + 1}`} value={corner[1]} onText={set(i, 1)} />
                    {wrong.has(i) && <p class="field-error">{wrong.get(i)}</p>}
                  </td>
                  <td>
                    <CornerInput label={`Longitude of corner ${i + 1}`} value={corner[0]} onText={set(i, 0)} />
                  </td>
                  <td>
                    <button
                      type="button"
                      class="small"
                      aria-label={`Remove corner ${i + 1}`}
                      onClick={() => onDrawn(withoutCorner(drawn, i))}
                    >
                      ×
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <div class="acts">
        <button type="button" class="small" onClick={add}>
          Add a corner
        </button>
        {!isClosed && corners.length >= CORNERS_MIN && (
          <button type="button" class="small" onClick={() => onDrawn(closed(drawn))}>
            Close the shape
          </button>
        )}
      </div>
    </fieldset>
  )
}

/** Taken when it is left, so that nobody fights for a half typed figure. */
function CornerInput({ label, value, onText }: { label: string; value: number; onText: (text: string) => void }) {
  return (
    <input
      aria-label={label}
      inputMode="decimal"
      autocomplete="off"
      value={value.toFixed(6)}
      onChange={event => onText(event.currentTarget.value)}
    />
  )
}

function wordsOf({ corners, isClosed }: Drawn): string {
  if (isClosed) return `${corners.length} corners. Drag one, or the middle of an edge; right click takes one away.`
  if (corners.length < CORNERS_MIN) return 'Click its corners on the map, or add them here.'
  return 'Click the first corner, or press Enter, to close it.'
}
