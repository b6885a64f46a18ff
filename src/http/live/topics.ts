/** What can be watched: one order, one driver, one hexagon, one zone, or the whole fleet. */
import { parseCell, resolutionOf } from '../../domain/h3.ts'
import {
  type CellId,
  type DriverId,
  type OrderId,
  parseDriverId,
  parseOrderId,
  parseZoneId,
  type ZoneId,
} from '../../domain/ids.ts'

export type Topic =
  | { readonly kind: 'order'; readonly orderId: OrderId }
  | { readonly kind: 'driver'; readonly driverId: DriverId }
  | { readonly kind: 'cell'; readonly cell: CellId; readonly resolution: number }
  | { readonly kind: 'zone'; readonly zoneId: ZoneId }
  | { readonly kind: 'fleet' }

/** Finer cells are smaller than the error of a phone's position. */
export const CELL_RES_MAX = 9
export const FLEET = 'fleet'
export const DRIVER_PREFIX = 'driver:'
export const ORDER_PREFIX = 'order:'

/** @returns null where the text names nothing that can be watched. */
export function parseTopic(text: string): Topic | null {
  if (text === FLEET) return { kind: 'fleet' }
  const colon = text.indexOf(':')
  const name = text.slice(colon + 1)
  switch (text.slice(0, colon)) {
    case 'order': {
      const orderId = parseOrderId(name)
      return orderId === null ? null : { kind: 'order', orderId }
    }
    case 'driver': {
      const driverId = parseDriverId(name)
      return driverId === null ? null : { kind: 'driver', driverId }
    }
    case 'zone': {
      const zoneId = parseZoneId(name)
      return zoneId === null ? null : { kind: 'zone', zoneId }
    }
    case 'cell':
      return cellTopic(name)
    default:
      return null
  }
}

function cellTopic(name: string): Topic | null {
  const cell = parseCell(name)
  if (cell === null) return null
  const resolution = resolutionOf(cell)
  return resolution <= CELL_RES_MAX ? { kind: 'cell', cell, resolution } : null
}

export function orderTopic(orderId: string): string {
  return `order:${orderId}`
}

export function driverTopic(driverId: string): string {
  return `${DRIVER_PREFIX}${driverId}`
}

export function cellTopicName(cell: string): string {
  return `cell:${cell}`
}
