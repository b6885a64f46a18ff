/**
 * All vehicles in one draw call. The card moves each between its last two fixes and greys those that are old; we hand it new rows
 * when a batch has come, and the time.
 */
import type { CustomLayerInterface, CustomRenderMethodInput, Map as GlMap } from 'maplibre-gl'
import type { FrameTimes } from './frame-times.ts'
import { mercatorX, mercatorY } from './mercator.ts'
import { cornerOf, STRIDE, type Vehicles } from './vehicles.ts'

export interface VehicleColours {
  /** By code of status. */
  readonly byStatus: readonly (readonly [number, number, number])[]
  readonly stale: readonly [number, number, number]
  readonly outline: readonly [number, number, number]
}

const VERTEX = `#version 300 es
in vec2 a_corner; in vec4 a_way; in vec2 a_time; in vec3 a_state;
uniform mat4 u_matrix; uniform vec2 u_corner; uniform float u_now; uniform float u_stale; uniform float u_size; uniform vec3 u_colours[5]; uniform vec3 u_old;
out vec3 v_colour; out float v_heading; out float v_alpha;
void main() {
  float share = clamp((u_now - a_time.x) / max(a_time.y - a_time.x, 0.001), 0.0, 1.0);
  // Corners are exact, and so is their difference: near the middle of the view nothing is left of it.
  gl_Position = u_matrix * vec4((a_corner - u_corner) + mix(a_way.xy, a_way.zw, share), 0.0, 1.0);
  float age = u_now - a_state.z;
  bool old = age > u_stale;
  int status = int(a_state.y + 0.5);
  v_colour = old ? u_old : u_colours[status];
  v_alpha = old ? 0.55 : (status >= 3 ? 0.75 : 1.0);
  v_heading = radians(a_state.x);
  gl_PointSize = u_size * (old || status >= 3 ? 0.8 : 1.0);
}`

const FRAGMENT = `#version 300 es
precision highp float;
in vec3 v_colour; in float v_heading; in float v_alpha;
uniform vec3 u_outline; uniform float u_size;
out vec4 colour;
void main() {
  vec2 p = (gl_PointCoord - 0.5) * 2.0;
  float c = cos(v_heading), s = sin(v_heading);
  p = vec2(p.x * c + p.y * s, p.y * c - p.x * s);
  float body = length(p) - 0.56;
  float nose = max(abs(p.x) - (p.y + 0.95) * 0.75, p.y);
  float d = min(body, nose);
  float soft = 2.0 / u_size;
  float fill = 1.0 - smoothstep(-soft, soft, d);
  float ring = 1.0 - smoothstep(-soft, soft, min(length(p) - 0.78, nose - 0.14));
  if (ring <= 0.01) discard;
  float alpha = ring * v_alpha;
  colour = vec4(mix(u_outline, v_colour, fill) * alpha, alpha);
}`

export class VehicleLayer implements CustomLayerInterface {
  readonly id = 'vehicles'
  readonly type = 'custom'
  staleAfterS = 60
  readonly #vehicles: Vehicles
  readonly #times: FrameTimes
  #colours: VehicleColours
  #map: GlMap | null = null
  #program: WebGLProgram | null = null
  #buffer: WebGLBuffer | null = null
  #array: WebGLVertexArrayObject | null = null
  #uploaded = 0
  readonly #uniforms = new Map<string, WebGLUniformLocation | null>()
  readonly #matrix = new Float32Array(16)

  constructor(vehicles: Vehicles, colours: VehicleColours, times: FrameTimes) {
    this.#vehicles = vehicles
    this.#colours = colours
    this.#times = times
  }

  colour(colours: VehicleColours): void {
    this.#colours = colours
  }

  onAdd(map: GlMap, context: WebGLRenderingContext | WebGL2RenderingContext): void {
    const gl = context as WebGL2RenderingContext
    this.#map = map
    const program = programOf(gl)
    this.#program = program
    for (const name of ['matrix', 'corner', 'now', 'stale', 'size', 'colours', 'old', 'outline']) {
      this.#uniforms.set(name, gl.getUniformLocation(program, `u_${name}`))
    }
    this.#buffer = gl.createBuffer()
    this.#array = gl.createVertexArray()
    gl.bindVertexArray(this.#array)
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffer)
    const bytes = STRIDE * 4
    const parts = [
      ['a_corner', 2, 0],
      ['a_way', 4, 8],
      ['a_time', 2, 24],
      ['a_state', 3, 32],
    ] as const
    for (const [name, size, offset] of parts) {
      const place = gl.getAttribLocation(program, name)
      gl.enableVertexAttribArray(place)
      gl.vertexAttribPointer(place, size, gl.FLOAT, false, bytes, offset)
    }
    gl.bindVertexArray(null)
    this.#uploaded = 0
  }

  onRemove(_map: GlMap, context: WebGLRenderingContext | WebGL2RenderingContext): void {
    const gl = context as WebGL2RenderingContext
    gl.deleteProgram(this.#program)
    gl.deleteBuffer(this.#buffer)
    gl.deleteVertexArray(this.#array)
  }

  render(context: WebGLRenderingContext | WebGL2RenderingContext, input: CustomRenderMethodInput): void {
    const startedAtMs = performance.now()
    const gl = context as WebGL2RenderingContext
    if (this.#program === null || this.#vehicles.count === 0) return
    this.#upload(gl)
    gl.useProgram(this.#program)
    const centre = this.#map?.getCenter() ?? { lng: 0, lat: 0 }
    const x = cornerOf(mercatorX(centre.lng))
    const y = cornerOf(mercatorY(centre.lat))
    gl.uniformMatrix4fv(this.#at('matrix'), false, this.#moved(input.defaultProjectionData.mainMatrix, x, y))
    gl.uniform2f(this.#at('corner'), x, y)
    gl.uniform1f(this.#at('now'), this.#vehicles.nowS())
    gl.uniform1f(this.#at('stale'), this.staleAfterS)
    gl.uniform1f(this.#at('size'), sizeAt(this.#map?.getZoom() ?? 12) * devicePixelRatio)
    gl.uniform3fv(this.#at('colours'), this.#colours.byStatus.flat())
    gl.uniform3fv(this.#at('old'), this.#colours.stale)
    gl.uniform3fv(this.#at('outline'), this.#colours.outline)
    gl.enable(gl.BLEND)
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA)
    gl.disable(gl.DEPTH_TEST)
    gl.bindVertexArray(this.#array)
    const calledAtMs = performance.now()
    gl.drawArrays(gl.POINTS, 0, this.#vehicles.count)
    const drawnMs = performance.now() - calledAtMs
    gl.bindVertexArray(null)
    this.#times.frame(performance.now() - startedAtMs - drawnMs)
  }

  #at(name: string): WebGLUniformLocation | null {
    return this.#uniforms.get(name) ?? null
  }

  #upload(gl: WebGL2RenderingContext): void {
    const { rows, count } = this.#vehicles
    if (!this.#vehicles.isDirty && this.#uploaded > 0) return
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffer)
    if (this.#uploaded === rows.length) gl.bufferSubData(gl.ARRAY_BUFFER, 0, rows, 0, count * STRIDE)
    else gl.bufferData(gl.ARRAY_BUFFER, rows, gl.DYNAMIC_DRAW)
    this.#uploaded = rows.length
    this.#vehicles.isDirty = false
  }

  /** By the corner that all places are drawn relative to, in double precision. */
  #moved(matrix: ArrayLike<number>, x: number, y: number): Float32Array {
    const m = (i: number) => matrix[i] ?? 0
    for (let i = 0; i < 12; i++) this.#matrix[i] = m(i)
    for (let i = 0; i < 4; i++) this.#matrix[12 + i] = m(i) * x + m(4 + i) * y + m(12 + i)
    return this.#matrix
  }
}

function sizeAt(zoom: number): number {
  return Math.min(26, Math.max(7, 7 + (zoom - 10) * 3))
}

function programOf(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram()
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(type)
    if (shader === null) throw new Error('the graphics context is lost')
    gl.shaderSource(shader, source)
    gl.compileShader(shader)
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader) ?? 'shader')
    gl.attachShader(program, shader)
  }
  gl.linkProgram(program)
  return program
}
