import type { LatLng } from '../domain/geo.ts'
import type { Uniform } from '../domain/ids.ts'
import type { Agenda, Appointment } from './agenda.ts'
import { type Heading, type Journey, placeAt, stay } from './journey.ts'
import type { Terrain } from './terrain.ts'

/** A vehicle in motion: it drives somewhere and then does the next thing, drifts about, or stands. */
export class Vehicle {
  private journey: Journey
  private arrival: Appointment | null = null
  private readonly terrain: Terrain
  private readonly agenda: Agenda
  private readonly random: Uniform

  constructor(options: { place: LatLng; nowMs: number; terrain: Terrain; agenda: Agenda; random: Uniform }) {
    this.journey = stay(options.place, options.nowMs)
    this.terrain = options.terrain
    this.agenda = options.agenda
    this.random = options.random
  }

  at(nowMs: number): Heading {
    return placeAt(this.journey, nowMs)
  }

  /** @returns when it will be there; a drive that was under way ends where it is. */
  driveTo(to: LatLng, nowMs: number, arrived: (atMs: number) => void): number {
    this.arrival?.cancel()
    const journey = this.terrain.journey(this.at(nowMs).place, to, nowMs)
    this.journey = journey
    // The next leg begins when this one was over, not when the tick noticed: a tick late per leg would slow the world.
    this.arrival = this.agenda.at(journey.endMs, () => arrived(journey.endMs))
    return journey.endMs
  }

  /** Milliseconds for a drive that is not made. */
  driveMs(from: LatLng, to: LatLng): number {
    return this.terrain.journey(from, to, 0).endMs
  }

  cruise(nowMs: number): void {
    const to = this.terrain.cruiseTo(this.random)
    if (to === null) this.stop(nowMs)
    else this.driveTo(to, nowMs, atMs => this.cruise(atMs))
  }

  stop(nowMs: number): void {
    this.arrival?.cancel()
    this.journey = stay(this.at(nowMs).place, nowMs)
  }
}
