/** A value that fits a schema. What is made here is spoiled afterwards: it need not make sense, but what is wrong must be known. */
import { resolved, type Schema, type Schemas, violations } from '../contract/schema.ts'
import type { Draw } from './draw.ts'

const DEPTH_MAX = 12
const ITEMS_MAX = 3
/** Patterns are not turned round: one of these fits each that we have. */
const TEXTS = [
  'fuzz_1',
  '0123',
  'placed',
  '0'.repeat(64),
  '2026-01-31T12:00:00Z',
  'https://example.com/hook',
  'order.*',
  'USD',
]

export function sample(schema: Schema, schemas: Schemas, draw: Draw, depth = 0): unknown {
  const its = resolved(schema, schemas)
  if ('const' in its) return its.const
  if (its.enum) return draw.of(its.enum)
  if (its.anyOf) return sample(draw.of(its.anyOf), schemas, draw, depth)
  if (its.allOf) return Object.assign({}, ...its.allOf.map(member => sample(member, schemas, draw, depth)))
  switch (its.type) {
    case 'object':
      return sampleObject(its, schemas, draw, depth)
    case 'array':
      return sampleList(its, schemas, draw, depth)
    case 'string':
      return sampleText(its, schemas, draw)
    case 'integer':
    case 'number':
      return sampleNumber(its, draw)
    case 'boolean':
      return draw.chance(0.5)
    case 'null':
      return null
    default:
      return draw.of<unknown>(['anything', 7, null, [], {}])
  }
}

function sampleObject(schema: Schema, schemas: Schemas, draw: Draw, depth: number): object {
  const required = new Set(schema.required ?? [])
  const share = depth < DEPTH_MAX ? 0.5 : 0
  const fields = Object.entries(schema.properties ?? {}).filter(([name]) => required.has(name) || draw.chance(share))
  return Object.fromEntries(fields.map(([name, child]) => [name, sample(child, schemas, draw, depth + 1)]))
}

function sampleList(schema: Schema, schemas: Schemas, draw: Draw, depth: number): unknown[] {
  const { items = {}, minItems = 0, maxItems = ITEMS_MAX } = schema
  const length = Math.max(minItems, Math.min(maxItems, draw.below(ITEMS_MAX + 1)))
  const list = Array.from({ length }, () => sample(items, schemas, draw, depth + 1))
  return schema.uniqueItems ? [...new Set(list)] : list
}

function sampleText(schema: Schema, schemas: Schemas, draw: Draw): string {
  const fitting = TEXTS.filter(text => violations(schema, text, schemas).length === 0)
  return fitting.length > 0 ? draw.of(fitting) : 'x'.repeat(schema.minLength ?? 1)
}

function sampleNumber({ type, minimum = 0, maximum = minimum + 100 }: Schema, draw: Draw): number {
  const value = minimum + draw.fraction() * (maximum - minimum)
  return type === 'integer' ? Math.floor(value) : value
}
