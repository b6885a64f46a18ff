import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { cellNear, isInCore } from './cell-core.ts'
import { share } from './even.fixtures.ts'
import { boundaryOf, cellAt, centreOf, disk, INDEX_RES, MATCHING_RES, REGION_RES } from './h3.ts'
import { between, places } from './places.fixtures.ts'

const anywhere = places()

/** About as far as the nearest edge is from the centre, metres. */
const EDGES: readonly (readonly [res: number, edgeM: number])[] = [
  [INDEX_RES, 174],
  [REGION_RES, 1_220],
  [MATCHING_RES, 22_000],
]

for (const [res, edgeM] of EDGES) {
  describe(`the core of a cell of resolution ${res}`, () => {
    test('holds no point of another cell, however near to its edge', () => {
      fc.assert(
        fc.property(anywhere, fc.nat(9), share, share, (p, side, along, outward) => {
          const cell = cellAt(p, res)
          const centre = centreOf(cell)
          const corners = boundaryOf(cell)
          const a = corners[side % corners.length] ?? centre
          const b = corners[(side + 1) % corners.length] ?? centre
          const edge = between(a, b, along)
          // From nine tenths of the way to the edge to a tenth beyond it.
          const near = between(centre, edge, 0.9 + outward * 0.2)
          if (isInCore(near, cell)) expect(cellAt(near, res)).toBe(cell)
        }),
        { numRuns: 5_000 },
      )
    })

    test('holds most of the cell, and never another one', () => {
      let held = 0
      const city = { latitude: 37.77, longitude: -122.42 }
      const cell = cellAt(city, res)
      for (let i = 0; i < 1_000; i++) {
        const angle = i
        const far = Math.sqrt(i / 1_000) * edgeM
        const centre = centreOf(cell)
        const p = {
          latitude: centre.latitude + (Math.sin(angle) * far) / 111_195,
          longitude: centre.longitude + (Math.cos(angle) * far) / (111_195 * Math.cos((37.77 * Math.PI) / 180)),
        }
        if (isInCore(p, cell)) held++
        for (const other of disk(cell, 1)) if (other !== cellAt(p, res)) expect(isInCore(p, other)).toBe(false)
      }
      expect(held).toBeGreaterThan(940)
    })

    test('whatever cell a point was near before, it is named as the library names it', () => {
      fc.assert(
        fc.property(anywhere, fc.nat(6), (p, step) => {
          const cell = cellAt(p, res)
          const cells = disk(cell, 1)
          const before = cells[step % cells.length] ?? null
          expect(cellNear(p, res, before)).toBe(cell)
        }),
        { numRuns: 2_000 },
      )
    })
  })
}

test('nothing is inside near a pole, and a cell across the 180th meridian is looked up each time', () => {
  const pole = { latitude: 89.999, longitude: 10 }
  expect(isInCore(pole, cellAt(pole, INDEX_RES))).toBe(false)
  const line = { latitude: 0, longitude: 179.9999 }
  expect(cellNear({ latitude: 0, longitude: -179.9999 }, INDEX_RES, cellAt(line, INDEX_RES))).toBe(
    cellAt({ latitude: 0, longitude: -179.9999 }, INDEX_RES),
  )
})

test.each([INDEX_RES, REGION_RES, MATCHING_RES])(
  'far in the north a cell of resolution %p across that line is looked up as well',
  res => {
    let cut = 0
    for (let latitude = 55; latitude < 79; latitude += 0.25) {
      for (const longitude of [179.9999, -179.9999]) {
        const cell = cellAt({ latitude, longitude }, res)
        const centre = centreOf(cell)
        if (!boundaryOf(cell).some(corner => Math.abs(corner.longitude - centre.longitude) > 180)) continue
        cut++
        expect([latitude, isInCore(centre, cell)]).toEqual([latitude, false])
      }
    }
    expect(cut).toBeGreaterThan(50)
  },
)
