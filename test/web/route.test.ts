import { expect, test } from 'bun:test'
import { hrefOf, routeOf, VIEW_NAMES } from '../../src/web/console/route.ts'
import { VIEWS } from '../../src/web/console/views-list.ts'

test('every view has an address that leads back to it, and stands in the navigation once', () => {
  for (const view of VIEW_NAMES) expect(routeOf(hrefOf(view))).toEqual({ view, id: null })
  expect(VIEWS.map(({ name }) => name)).toEqual([...VIEW_NAMES])
})

test('an id in an address comes back as it was, whatever is in it', () => {
  for (const id of ['whk_1', 'a/b', 'größe 1 #?']) expect(routeOf(hrefOf('zones', id))).toEqual({ view: 'zones', id })
})

test('an address that says nothing leads to the map, and an id that nobody can read to the list', () => {
  for (const hash of ['', '#', '#/', '#/nowhere', '#key=wag_1', 'zones']) {
    expect(routeOf(hash)).toEqual({ view: 'map', id: null })
  }
  expect(routeOf('#/zones/%E0%A4%A')).toEqual({ view: 'zones', id: null })
})
