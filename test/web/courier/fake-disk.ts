/** The disk of a browser, as far as the page asks for it: what the standard calls IndexedDB, in memory. */
type Row = { readonly id: number }

export class FakeDisk {
  rows = new Map<number, Row>()
  #open: FakeDatabase[] = []

  /** In the place of the browser's. @returns what puts that back. */
  install(): () => void {
    const before = Object.getOwnPropertyDescriptor(globalThis, 'indexedDB')
    const value = { open: () => answered(() => this.#opened()) }
    Object.defineProperty(globalThis, 'indexedDB', { value, configurable: true })
    return () => {
      if (before === undefined) Reflect.deleteProperty(globalThis, 'indexedDB')
      else Object.defineProperty(globalThis, 'indexedDB', before)
    }
  }

  /** As when the browser clears what a site has stored; `said`: by an event. */
  closeAll(how: 'said' | 'silent'): void {
    const open = this.#open
    this.#open = []
    for (const database of open) {
      database.close()
      if (how === 'said') database.onclose?.()
    }
  }

  #opened(): FakeDatabase {
    const database = new FakeDatabase(this.rows)
    this.#open.push(database)
    return database
  }
}

class FakeDatabase {
  onclose: (() => void) | null = null
  onversionchange: (() => void) | null = null
  readonly #rows: Map<number, Row>
  #isClosed = false

  constructor(rows: Map<number, Row>) {
    this.#rows = rows
  }

  close(): void {
    this.#isClosed = true
  }

  transaction(): object {
    if (this.#isClosed) throw new DOMException('The database connection is closing.', 'InvalidStateError')
    const rows = this.#rows
    return {
      objectStore: () => ({
        put: (row: Row) => answered(() => rows.set(row.id, row)),
        delete: (id: number) => answered(() => rows.delete(id)),
        getAll: () => answered(() => [...rows.values()].sort((a, b) => a.id - b.id)),
      }),
    }
  }
}

/** Requests are answered in order, and never at once. */
function answered(work: () => unknown): object {
  const request: { onsuccess: (() => void) | null; result: unknown } = { onsuccess: null, result: undefined }
  setTimeout(() => {
    request.result = work()
    request.onsuccess?.()
  }, 0)
  return request
}
