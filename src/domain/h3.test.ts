import { describe, expect, test } from 'bun:test'
import {
  averageEdgeM,
  cellAt,
  centreOf,
  disk,
  INDEX_RES,
  parentOf,
  parseCell,
  REGION_RES,
  resolutionOf,
  ring,
} from './h3.ts'

const FERRY_BUILDING = { latitude: 37.7955, longitude: -122.3937 }
const cell = cellAt(FERRY_BUILDING, INDEX_RES)

describe('cells', () => {
  test('a cell knows its resolution and its centre lies in it', () => {
    expect(resolutionOf(cell)).toBe(INDEX_RES)
    expect(cellAt(centreOf(cell), INDEX_RES)).toBe(cell)
  })

  test('the region of a position holds its index cell', () => {
    expect(parentOf(cell, REGION_RES)).toBe(cellAt(FERRY_BUILDING, REGION_RES))
  })

  test('a disk is its rings, also around a pentagon', () => {
    const pentagon = parseCell('89080000003ffff')
    expect(pentagon).not.toBeNull()
    for (const middle of pentagon === null ? [] : [cell, pentagon, disk(pentagon, 2).at(-1) ?? pentagon]) {
      const rings = [0, 1, 2, 3, 4].flatMap(k => ring(middle, k))
      expect(rings.toSorted()).toEqual(disk(middle, 4).toSorted())
    }
  })

  test('only canonical text is read as a cell', () => {
    expect(parseCell(cell)).toBe(cell)
    for (const text of [
      '',
      'x',
      cell.toUpperCase(),
      `0x${cell}`,
      `${cell}0`,
      '8f2830828052d2g',
      'ffffffffffffffff',
      '42',
    ]) {
      expect(parseCell(text)).toBeNull()
    }
  })

  test('edges are metres', () => {
    expect(Math.round(averageEdgeM(INDEX_RES))).toBe(201)
  })

  test('a coordinate that is not finite is an error, not a cell', () => {
    expect(() => cellAt({ latitude: Number.NaN, longitude: 0 }, INDEX_RES)).toThrow()
  })
})
