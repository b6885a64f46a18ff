/** Positions that are not acknowledged, on the disk of the phone. */
import type { Queued } from './core/position-queue.ts'

const DATABASE = 'waggle-courier'
const STORE = 'positions'
const VERSION = 1

export class PositionStore {
  readonly #db: IDBDatabase

  private constructor(db: IDBDatabase) {
    this.#db = db
  }

  /**
   * @param lost  the browser has closed it: its data was cleared, or the disk has failed.
   * @throws where the browser keeps nothing, as in some private windows.
   */
  static async open(lost: () => void): Promise<PositionStore> {
    const opening = indexedDB.open(DATABASE, VERSION)
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: 'id' })
    const db = await answer(opening)
    // Another tab signs out: let it.
    db.onversionchange = () => db.close()
    db.onclose = lost
    return new PositionStore(db)
  }

  /** In the order in which they were recorded. */
  async all(): Promise<Queued[]> {
    return answer(this.#store('readonly').getAll())
  }

  /** Async, or what is thrown of a database that was closed would go past whoever awaits this. */
  async put(queued: Queued): Promise<void> {
    await answer(this.#store('readwrite').put(queued))
  }

  async remove(ids: readonly number[]): Promise<void> {
    const store = this.#store('readwrite')
    await Promise.all(ids.map(id => answer(store.delete(id))))
  }

  close(): void {
    this.#db.close()
  }

  /** How many are there, for whoever does not work with them. */
  static async count(): Promise<number> {
    const store = await PositionStore.open(() => undefined)
    try {
      return (await store.all()).length
    } finally {
      store.close()
    }
  }

  /** @returns false where the browser could not: what was kept may still be there. */
  static async forget(): Promise<boolean> {
    try {
      await answer(indexedDB.deleteDatabase(DATABASE))
      return true
    } catch (error) {
      return keepsNothing(error)
    }
  }

  /** Whether nothing is kept. Waits behind whoever is just removing it, and makes nothing by looking. */
  static async isGone(): Promise<boolean> {
    try {
      const opening = indexedDB.open(DATABASE, VERSION)
      opening.onupgradeneeded = () => opening.transaction?.abort()
      const db = await answer(opening)
      db.close()
      return false
    } catch (error) {
      return isNamed(error, 'AbortError') || keepsNothing(error)
    }
  }

  #store(mode: IDBTransactionMode): IDBObjectStore {
    return this.#db.transaction(STORE, mode).objectStore(STORE)
  }
}

/** As some private windows say it, or those without such a disk. Whatever else went wrong may leave something behind. */
function keepsNothing(error: unknown): boolean {
  return !globalThis.indexedDB || isNamed(error, 'InvalidStateError') || isNamed(error, 'SecurityError')
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof DOMException && error.name === name
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
