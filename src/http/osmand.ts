/**
 * The OsmAnd protocol, as phones really speak it. Traccar Client up to 8 sends a POST without a body and everything in the query, other
 * apps a GET or a form; Traccar Client from 9 on sends JSON (`{location, device_id}`), whose speed is in m/s and where -1 says that
 * something is not known. A phone repeats what is refused until it is taken, and what comes after it waits: so only what makes
 * a position useless is refused, and a speed or a heading that cannot be is as one that was not sent.
 */

import { parseInstant } from './rfc3339.ts'
import type { LocationFrameBody } from './schemas/position.ts'
import { ACCURACY_MAX_M, RECORDED_AT_MAX_MS, SPEED_MAX_MPS } from './schemas/position.ts'

const MPS_PER_KNOT = 1_852 / 3_600
/** A number below this is of seconds, as in Traccar: as milliseconds it would be a day of January 1970. */
const SECONDS_MAX = 2_147_483_647
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?$/
/** As a Java or C program writes a time that it takes for UTC. */
const PLAIN_TIME = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)$/
const HOURS_ONLY = /([+-]\d{2})(\d{2})$/

/** What a phone has said. What it has not is null; what cannot be read is left as it came, for the check to name. */
export interface OsmAndReport {
  readonly id: unknown
  /** Says itself that it is none. */
  readonly isVoid: boolean
  readonly body: Readonly<Record<keyof LocationFrameBody, unknown>>
  /** Where it stands in the request, for each field that may be refused. */
  readonly paths: Readonly<Record<string, string>>
}

const QUERY_PATHS = { '/id': '/id', '/latitude': '/lat', '/longitude': '/lon', '/recorded_at': '/timestamp' }
const JSON_PATHS = {
  '/id': '/device_id',
  '/latitude': '/location/coords/latitude',
  '/longitude': '/location/coords/longitude',
  '/recorded_at': '/location/timestamp',
}

/** Of a query or a form. */
export function reportOfFields(fields: URLSearchParams): OsmAndReport {
  const [latitude, longitude] = (fields.get('location') ?? '').split(',')
  const knots = numberIn(fields.get('speed'))
  return {
    id: fields.get('id') ?? fields.get('deviceid'),
    isVoid: ['0', 'false'].includes(fields.get('valid') ?? ''),
    body: {
      latitude: numberOrText(fields.get('lat') ?? latitude),
      longitude: numberOrText(fields.get('lon') ?? longitude),
      speed: within(knots === null ? null : knots * MPS_PER_KNOT, SPEED_MAX_MPS),
      heading: within(numberIn(fields.get('bearing') ?? fields.get('heading')), 360),
      accuracy: within(numberIn(fields.get('accuracy')), ACCURACY_MAX_M),
      recorded_at: timeOf(fields.get('timestamp')),
      order_id: null,
    },
    paths: QUERY_PATHS,
  }
}

/** Of the JSON that the app's location library sends. */
export function reportOfJson(json: unknown): OsmAndReport {
  const { location, device_id: id } = recordOf(json)
  const { coords, timestamp } = recordOf(location)
  const { latitude, longitude, speed, heading, accuracy } = recordOf(coords)
  return {
    id,
    isVoid: false,
    body: {
      latitude: latitude ?? '',
      longitude: longitude ?? '',
      speed: within(speed, SPEED_MAX_MPS),
      heading: within(heading, 360),
      accuracy: within(accuracy, ACCURACY_MAX_M),
      recorded_at: timeOf(typeof timestamp === 'number' ? `${timestamp}` : timestamp),
      order_id: null,
    },
    paths: JSON_PATHS,
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function numberIn(text: string | null | undefined): number | null {
  return text != null && DECIMAL.test(text.trim()) ? Number(text) : null
}

/** What is missing is wrong as well. */
function numberOrText(text: string | null | undefined): number | string {
  return numberIn(text) ?? text ?? ''
}

function within(value: unknown, max: number): number | null {
  return typeof value === 'number' && value >= 0 && value <= max ? value : null
}

/** @returns milliseconds; null where none was sent, so that it is now; the text where it cannot be read. */
function timeOf(value: unknown): number | string | null {
  if (value === null || value === undefined || value === '') return null
  if (typeof value !== 'string') return 'nothing that is a time'
  const number = numberIn(value)
  if (number === null) return instantIn(value) ?? value
  const ms = Math.round(number <= SECONDS_MAX ? number * 1_000 : number)
  return ms >= 0 && ms <= RECORDED_AT_MAX_MS ? ms : value
}

function instantIn(text: string): number | null {
  const [, day, time] = PLAIN_TIME.exec(text) ?? []
  return parseInstant(day === undefined ? text.replace(HOURS_ONLY, '$1:$2') : `${day}T${time}Z`)
}
