/** The disk of a browser, as far as the page asks for it: what the standard calls IndexedDB, in memory. */
type Row = { readonly id: number }

export class FakeDisk {
  rows = new Map<number, Row>()
  /** The database is there. */
  isMade = false
  /** Every request ends with an error of this name. */
  failure: string | null = null
  #open: FakeDatabase[] = []

  /** In the place of the browser's. @returns what puts that back. */
  install(): () => void {
    const before = Object.getOwnPropertyDescriptor(globalThis, 'indexedDB')
    const value = { open: () => this.#opening(), deleteDatabase: () => this.#asked(() => this.#removed()) }
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

  #asked(work: () => unknown): FakeRequest {
    const { failure } = this
    return answered(() => {
      if (failure !== null) throw new DOMException('The disk has failed.', failure)
      return work()
    })
  }

  /** Who opens what is not there makes it, unless that is given up. */
  #opening(): FakeRequest {
    const request = this.#asked(() => {
      if (!this.isMade) this.#make(request)
      return this.#opened()
    })
    return request
  }

  #make(request: FakeRequest): void {
    let isGivenUp = false
    request.result = { createObjectStore: () => undefined }
    request.transaction = {
      abort: () => {
        isGivenUp = true
      },
    }
    request.onupgradeneeded?.()
    if (isGivenUp) throw new DOMException('It was given up.', 'AbortError')
    this.isMade = true
  }

  #removed(): void {
    this.isMade = false
    this.rows.clear()
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

interface FakeRequest {
  onsuccess: (() => void) | null
  onerror: (() => void) | null
  onupgradeneeded: (() => void) | null
  result: unknown
  error: unknown
  transaction: { abort(): void } | null
}

/** Requests are answered in order, and never at once. */
function answered(work: () => unknown): FakeRequest {
  const request: FakeRequest = {
    onsuccess: null,
    onerror: null,
    onupgradeneeded: null,
    result: undefined,
    error: null,
    transaction: null,
  }
  setTimeout(() => {
    try {
      request.result = work()
    } catch (error) {
      request.error = error
      request.onerror?.()
      return
    }
    request.onsuccess?.()
  }, 0)
  return request
}
