import { expect, test } from 'bun:test'
import { PersonalFields, type PersonalKey, personalFields } from './personal-fields.ts'

function key(id: string): PersonalKey {
  return { id, key: crypto.getRandomValues(new Uint8Array(32)) }
}

const [old, fresh] = [key('2025'), key('2026')]
const ORDER = {
  terms: {
    pickup: { latitude: 1, address: 'Market St' },
    notes: 'ring twice',
    items: [{ name: 'Pizza', quantity: 2 }],
  },
  assignment: { driverId: 'drv_1', driverName: 'Ann' },
  reference: 'kept as it is',
}
const PERSONAL = ['Market St', 'ring twice', 'Pizza', 'Ann']

test('personal fields are sealed wherever they stand, and opened again; the rest can be read by anybody', () => {
  const fields = new PersonalFields([fresh])
  const text = fields.stringify(ORDER)
  for (const words of PERSONAL) expect(text).not.toContain(words)
  expect(JSON.parse(text)).toMatchObject({ assignment: { driverId: 'drv_1' }, reference: 'kept as it is' })
  expect(fields.parse(text)).toEqual(ORDER)
})

test('two texts that are the same do not look the same', () => {
  const fields = new PersonalFields([fresh])
  expect(fields.stringify({ name: 'Ann' })).not.toBe(fields.stringify({ name: 'Ann' }))
})

test('what the key before has sealed is opened, and sealed anew with the first', () => {
  const before = new PersonalFields([old]).stringify(ORDER)
  const rotated = new PersonalFields([fresh, old])
  expect(rotated.parse(before)).toEqual(ORDER)
  const after = rotated.stringify(rotated.parse(before))
  expect([before.includes('enc:1:2025:'), after.includes('enc:1:2025:'), after.includes('enc:1:2026:')]).toEqual([
    true,
    false,
    true,
  ])
  expect(new PersonalFields([fresh]).parse(after)).toEqual(ORDER)
})

test('a node that lacks a key shows what is sealed, and writes it back as it came', () => {
  const sealed = new PersonalFields([old]).stringify(ORDER)
  const without = new PersonalFields([fresh])
  expect(JSON.stringify(without.parse(sealed))).toBe(sealed)
  expect(without.stringify(without.parse(sealed))).toBe(sealed)
  expect(new PersonalFields([old]).parse(without.stringify(without.parse(sealed)))).toEqual(ORDER)
})

test('what was stored before there were keys is read as it is', () => {
  expect(new PersonalFields([fresh]).parse(JSON.stringify(ORDER))).toEqual(ORDER)
})

test('a sealed text that was changed, or moved into another field, is not opened', () => {
  const fields = new PersonalFields([fresh])
  const { name } = JSON.parse(fields.stringify({ name: 'Ann' })) as { name: string }
  const changed = `${name.slice(0, -2)}${name.endsWith('A') ? 'BB' : 'AA'}`
  expect(fields.parse(JSON.stringify({ name: changed, notes: name }))).toEqual({ name: changed, notes: name })
  expect(fields.parse(JSON.stringify({ name }))).toEqual({ name: 'Ann' })
})

test.each(['enc:1:2026:', 'enc:1:2026:AAAA', 'enc:1:nobody:AAAA', `enc:1:2026:${'A'.repeat(60)}`, 'enc:2:x'])(
  'somebody whose name is %p is called that',
  name => {
    const fields = new PersonalFields([fresh])
    expect(fields.parse(fields.stringify({ name }))).toEqual({ name })
  },
)

test('without keys there is nothing to seal with', () => {
  expect(personalFields([])).toBeUndefined()
})
