/** What a form sends. */
export interface Request {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: object
}

/** @param id  null: a new one is made. */
export function savingOf(collection: string, id: string | null, body: object): Request {
  return id === null
    ? { method: 'POST', path: collection, body }
    : { method: 'PATCH', path: `${collection}/${encodeURIComponent(id)}`, body }
}
