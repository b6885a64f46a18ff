/** The seat, by a lock of a browser that is in memory. */
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { takeSeat } from '../../../src/web/courier/seat.ts'

const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator')

/** As the standard has it: held until the callback's promise settles; whoever has it stolen is told by a rejection. */
class FakeLocks {
  #holder: PromiseWithResolvers<void> | null = null

  async request(_: string, options: LockOptions, work: (lock: object | null) => unknown): Promise<void> {
    await Promise.resolve()
    if (options.ifAvailable && this.#holder !== null) return void (await work(null))
    this.#holder?.reject(new DOMException('It was stolen.', 'AbortError'))
    const stolen = Promise.withResolvers<void>()
    this.#holder = stolen
    try {
      await Promise.race([stolen.promise, work({})])
    } finally {
      if (this.#holder === stolen) this.#holder = null
    }
  }
}

beforeEach(() => {
  Object.defineProperty(globalThis, 'navigator', { value: { locks: new FakeLocks() }, configurable: true })
})

afterEach(() => {
  if (before !== undefined) Object.defineProperty(globalThis, 'navigator', before)
})

function sitter() {
  const told: string[] = []
  return { told, held: () => void told.push('held'), lost: () => void told.push('lost') }
}

test('one at a time; whoever takes it anyway has it, and the other is told', async () => {
  const [first, second] = [sitter(), sitter()]
  takeSeat(first, 'if_free')
  await Bun.sleep(0)
  takeSeat(second, 'if_free')
  await Bun.sleep(0)
  expect([first.told, second.told]).toEqual([['held'], ['lost']])
  takeSeat(second, 'anyway')
  await Bun.sleep(0)
  expect([first.told, second.told]).toEqual([
    ['held', 'lost'],
    ['lost', 'held'],
  ])
})

test('who has signed out leaves the seat to whoever signs in next, in the same tab, and hears no more of it', async () => {
  const [first, second] = [sitter(), sitter()]
  const leave = takeSeat(first, 'if_free')
  await Bun.sleep(0)
  leave()
  await Bun.sleep(0)
  takeSeat(second, 'if_free')
  await Bun.sleep(0)
  expect([first.told, second.told]).toEqual([['held'], ['held']])
})

test('who leaves before the browser has answered does not have it after that', async () => {
  const [first, second] = [sitter(), sitter()]
  takeSeat(first, 'if_free')()
  await Bun.sleep(0)
  takeSeat(second, 'if_free')
  await Bun.sleep(0)
  expect([first.told, second.told]).toEqual([[], ['held']])
})
