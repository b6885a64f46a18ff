/** A value with one thing wrong in it, somewhere. Whether the schema minds is for the caller to ask. */
import { isFields } from '../contract/schema.ts'
import type { Draw } from './draw.ts'

type Path = readonly (string | number)[]

/** As JSON text, since some of them JSON cannot say otherwise: a key `__proto__`, 1e999, half a surrogate pair. */
const ODD_JSON = [
  'null',
  'true',
  '"text"',
  '""',
  '0',
  '-1',
  '1e999',
  '-1e999',
  '1e308',
  '123456789012345678901234567890',
  '0.1',
  '9007199254740993',
  '[]',
  '{}',
  '[[[[[]]]]]',
  '"NaN"',
  '"\\u0000"',
  '"\\ud800"',
  '"\\u202e\\ufeff"',
  '"💥é\\u0301"',
  '"0001-01-01T00:00:00Z"',
  '"2026-02-30T25:61:61Z"',
  '"\'; drop table orders; --"',
  '"../../etc/passwd"',
  '{"__proto__":{"latitude":1}}',
  '{"constructor":{"prototype":{}}}',
  '{"toString":1}',
]
const ODD_KEYS = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'unknown', '\u0000', 'a'.repeat(1_000)]

/** @returns JSON text. */
export function spoiled(value: unknown, draw: Draw): string {
  const places = placesOf(value, [])
  const place = draw.of(places)
  const at = valueAt(value, place)
  const choices = [() => replaced(value, place, JSON.parse(draw.of(ODD_JSON)))]
  if (place.length > 0) choices.push(() => without(value, place))
  if (typeof at === 'number') choices.push(() => replaced(value, place, at + draw.of([1e3, -1e3, 1e9, -1e9, 0.5])))
  if (typeof at === 'string') choices.push(() => replaced(value, place, at + 'x'.repeat(draw.of([1, 100, 3_000]))))
  if (Array.isArray(at))
    choices.push(() => replaced(value, place, new Array(draw.of([101, 1_001])).fill(at[0] ?? null)))
  if (isFields(at)) choices.push(() => replaced(value, place, { ...at, ...own(draw.of(ODD_KEYS), 1) }))
  return JSON.stringify(draw.of(choices)(), (_, child) =>
    child === Infinity ? HUGE : child === -Infinity ? `-${HUGE}` : child,
  )
    .replaceAll(`"${HUGE}"`, '1e999')
    .replaceAll(`"-${HUGE}"`, '-1e999')
}

/** Stands for infinity until the text is made, of which JSON would make a null. */
const HUGE = 'one-with-999-zeros'

/** Text that is no JSON, or bytes that are no text. */
export function broken(text: string, draw: Draw): string | Uint8Array<ArrayBuffer> {
  const cut = text.slice(0, Math.max(0, text.length - 1 - draw.below(text.length)))
  return draw.of<string | Uint8Array<ArrayBuffer>>([
    cut === '' ? '{' : `${cut}§`,
    `${text}}`,
    `{"latitude":NaN,${text.slice(1)}`,
    text.replaceAll('"', "'").concat("'"),
    `${'['.repeat(20_000)}`,
    '',
    '\u0000',
    new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
    new Uint8Array(Array.from({ length: 64 }, () => 128 + draw.below(128))),
  ])
}

function placesOf(value: unknown, path: Path): Path[] {
  const children = typeof value === 'object' && value !== null ? Object.entries(value) : []
  const keyed = Array.isArray(value) ? children.map(([key, child]) => [Number(key), child] as const) : children
  return [path, ...keyed.flatMap(([key, child]) => placesOf(child, [...path, key]))]
}

function valueAt(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return value
  return valueAt(Object(value)[key], rest)
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by
  if (Array.isArray(value)) return value.map((child, i) => (i === key ? replaced(child, rest, by) : child))
  return { ...Object(value), ...own(String(key), replaced(Object(value)[key], rest, by)) }
}

function without(value: unknown, path: Path): unknown {
  const [key, ...rest] = path
  if (Array.isArray(value)) {
    return rest.length === 0
      ? value.filter((_, i) => i !== key)
      : value.map((child, i) => (i === key ? without(child, rest) : child))
  }
  const entries = Object.entries(Object(value))
  if (rest.length === 0) return Object.fromEntries(entries.filter(([name]) => name !== key))
  return Object.fromEntries(entries.map(([name, child]) => [name, name === key ? without(child, rest) : child]))
}

/** A field of the object itself, whatever it is called. */
function own(name: string, value: unknown): object {
  return Object.fromEntries([[name, value]])
}
