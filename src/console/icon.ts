/** The icon as pixels, for phones that want them: drawn here, so that no picture has to be kept beside its drawing. */
import { deflateSync } from 'node:zlib'

type Point = readonly [x: number, y: number]

/** In a square of 32, as `ICON` of `page.ts`. */
const CELL: readonly Point[] = [
  [16, 2],
  [28, 9],
  [28, 23],
  [16, 30],
  [4, 23],
  [4, 9],
]
const WAY: readonly Point[] = [
  [9, 12],
  [12.5, 21],
  [16, 13],
  [19.5, 21],
  [23, 12],
]
const SIDE = 32
const STROKE = 2.6
const HONEY = [217, 138, 0] as const
const WHITE = [255, 255, 255] as const
/** Of a maskable icon only a circle of 80 % is sure to be seen. */
const SAFE_SHARE = 0.72
const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10]

/** @param shape  `maskable`: its ground fills the square, for systems that cut a shape of their own out of it. */
export function iconPng(sizePx: number, shape: 'cell' | 'maskable'): Uint8Array<ArrayBuffer> {
  const rows = Buffer.alloc(sizePx * (1 + sizePx * 4))
  const scale = SIDE / sizePx / (shape === 'maskable' ? SAFE_SHARE : 1)
  const middle = sizePx / 2
  for (let y = 0; y < sizePx; y++) {
    for (let x = 0; x < sizePx; x++) {
      const at: Point = [(x + 0.5 - middle) * scale + SIDE / 2, (y + 0.5 - middle) * scale + SIDE / 2]
      const way = cover(STROKE / 2 - toLine(at), scale)
      const ground = shape === 'maskable' ? 1 : cover(insideCell(at), scale)
      const offset = y * (1 + sizePx * 4) + 1 + x * 4
      for (let i = 0; i < 3; i++) rows[offset + i] = Math.round((HONEY[i] ?? 0) * (1 - way) + (WHITE[i] ?? 0) * way)
      rows[offset + 3] = Math.round(255 * ground)
    }
  }
  return png(sizePx, rows)
}

/** @param insideBy  how far within the edge, in the drawing's units. @returns how much of the pixel is covered. */
function cover(insideBy: number, unitsPerPx: number): number {
  return Math.min(1, Math.max(0, insideBy / unitsPerPx + 0.5))
}

function insideCell(at: Point): number {
  return Math.min(...CELL.map((from, i) => beside(at, from, CELL[(i + 1) % CELL.length] ?? from)))
}

/** How far to the right of the way from one point to the other. */
function beside([x, y]: Point, [ax, ay]: Point, [bx, by]: Point): number {
  return ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / Math.hypot(bx - ax, by - ay)
}

function toLine(at: Point): number {
  return Math.min(...WAY.slice(1).map((to, i) => toPiece(at, WAY[i] ?? to, to)))
}

function toPiece([x, y]: Point, [ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay]
  const share = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)))
  return Math.hypot(x - ax - share * dx, y - ay - share * dy)
}

function png(sizePx: number, rows: Uint8Array): Uint8Array<ArrayBuffer> {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(sizePx, 0)
  header.writeUInt32BE(sizePx, 4)
  // Eight bits of red, green, blue and alpha.
  header.set([8, 6, 0, 0, 0], 8)
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', new Uint8Array())]
  return new Uint8Array(Buffer.concat([Buffer.from(SIGNATURE), ...chunks]))
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const out = Buffer.alloc(body.length + 8)
  out.writeUInt32BE(data.length, 0)
  body.copy(out, 4)
  out.writeUInt32BE(Bun.hash.crc32(body), body.length + 4)
  return out
}
