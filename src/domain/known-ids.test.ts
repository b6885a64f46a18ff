import { expect, test } from 'bun:test'
import { type DriverId, parseDriverId } from './ids.ts'
import { KnownIds } from './known-ids.ts'

const MANY = 200_000

test('an id is read out of bytes and out of a text, again and again', () => {
  const ids = new KnownIds(parseDriverId)
  const bytes = Buffer.from('..drv_1..')
  for (let i = 0; i < 3; i++) {
    expect(ids.ofBytes(bytes, 2, 7)).toBe('drv_1' as DriverId)
    expect(ids.ofText('drv_0\ndrv_1\n', 6, 11)).toBe('drv_1' as DriverId)
  }
})

test('what is no id is none however often it comes', () => {
  const ids = new KnownIds(parseDriverId)
  for (let i = 0; i < 3; i++) {
    expect(ids.ofBytes(Buffer.from('drv 1'), 0, 5)).toBeNull()
    expect(ids.ofBytes(Buffer.from('drvä1'), 0, 6)).toBeNull()
    expect(ids.ofText('', 0, 0)).toBeNull()
  }
})

test('more ids than there are places for stay themselves', () => {
  const ids = new KnownIds(parseDriverId)
  const all = Array.from({ length: MANY }, (_, i) => `drv_${i}`)
  for (const id of all) {
    expect(ids.ofBytes(Buffer.from(id), 0, id.length) as string).toBe(id)
    expect(ids.ofText(id, 0, id.length) as string).toBe(id)
  }
})
