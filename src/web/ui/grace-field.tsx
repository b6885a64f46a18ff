import { SelectField } from './select-field.tsx'

export const GRACES = [
  ['0', 'It ends now'],
  ['3600', 'An hour'],
  ['86400', 'A day'],
  ['604800', 'A week'],
] as const

/** How long an old secret stays good beside the new one. */
export function GraceField({ value, onValue }: { value: string; onValue: (value: string) => void }) {
  return <SelectField label="The old secret is good for" value={value} options={GRACES} onValue={onValue} />
}
