/** Schemas as they stand in a document: OpenAPI or AsyncAPI. */
import type { TSchema } from '@sinclair/typebox'

export type Doc = Record<string, unknown>

/** Without the library's symbols; parts that have a name of their own become references. */
export function plain(schema: TSchema, schemas: Doc): unknown {
  if (schema.$id === undefined) return plainValue(schema, schemas)
  if (!(schema.$id in schemas)) {
    // Before its parts are looked at, so that a schema within itself ends here.
    schemas[schema.$id] = {}
    const { $id, ...rest } = schema
    schemas[$id] = plainValue(rest, schemas)
  }
  return { $ref: `#/components/schemas/${schema.$id}` }
}

function plainValue(value: unknown, schemas: Doc): unknown {
  if (Array.isArray(value)) return value.map(item => plainChild(item, schemas))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, plainChild(child, schemas)]))
}

function plainChild(child: unknown, schemas: Doc): unknown {
  return isNamed(child) ? plain(child, schemas) : plainValue(child, schemas)
}

function isNamed(value: unknown): value is TSchema {
  return typeof value === 'object' && value !== null && '$id' in value && typeof value.$id === 'string'
}
