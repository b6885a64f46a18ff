/**
 * CPU time of the parts of a system between two readings, the share of it that the generator took, and what the machine did
 * for others meanwhile: a bench that runs beside other work must say so.
 */
import { readFileSync } from 'node:fs'
import { cpuSeconds, isSupported } from './ingest/processes.ts'

/** Parts by name: processes, each with its descendants. */
export type Parts = Readonly<Record<string, readonly number[]>>

export class CpuMeter {
  readonly #parts: Parts
  #before = new Map<string, number>()
  #spent = new Map<string, number>()
  #generatorBefore = process.cpuUsage()
  #generatorPids: readonly number[] = []
  #generatorPidsBeforeS = 0
  #startedMs = 0
  #wallS = 0
  #busyBeforeS = 0
  #busyS = 0
  generatorS = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** @param generatorPids  processes that are the generator's, besides this one. */
  start(generatorPids: readonly number[] = []): void {
    this.#generatorPids = generatorPids
    this.#before = this.#read()
    this.#generatorBefore = process.cpuUsage()
    this.#generatorPidsBeforeS = this.#readGenerator()
    this.#startedMs = performance.now()
    this.#busyBeforeS = machineBusyS()
  }

  end(): void {
    const after = this.#read()
    this.#spent = new Map([...after].map(([name, s]) => [name, s - (this.#before.get(name) ?? 0)]))
    const { user, system } = process.cpuUsage(this.#generatorBefore)
    this.generatorS = (user + system) / 1e6 + this.#readGenerator() - this.#generatorPidsBeforeS
    this.#wallS = (performance.now() - this.#startedMs) / 1_000
    this.#busyS = machineBusyS() - this.#busyBeforeS
  }

  /** Seconds by part; empty where this machine does not tell. */
  get seconds(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#spent)
  }

  /** Of all parts; null where it cannot be known. */
  get servedS(): number | null {
    return this.#spent.size === 0 ? null : [...this.#spent.values()].reduce((sum, s) => sum + s, 0)
  }

  /** Of the CPU time that parts and generator took together. */
  get generatorShare(): number | null {
    const { servedS } = this
    return servedS === null ? null : this.generatorS / Math.max(1e-9, this.generatorS + servedS)
  }

  get generatorCores(): number {
    return this.generatorS / Math.max(1e-9, this.#wallS)
  }

  /** What work that is none of ours took of the machine; null where it cannot be known. */
  get othersCores(): number | null {
    const { servedS } = this
    if (servedS === null) return null
    return Math.max(0, this.#busyS - servedS - this.generatorS) / Math.max(1e-9, this.#wallS)
  }

  #readGenerator(): number {
    return this.#generatorPids.length === 0 ? 0 : (cpuSeconds(this.#generatorPids) ?? 0)
  }

  #read(): Map<string, number> {
    const read = Object.entries(this.#parts).map(([name, pids]) => [name, cpuSeconds(pids)] as const)
    return new Map(read.flatMap(([name, s]) => (s === null ? [] : [[name, s] as const])))
  }
}

const TICKS_PER_S = 100

/** CPU time of everything on this machine, and what a hypervisor took away; 0 where that is not told. */
function machineBusyS(): number {
  if (!isSupported()) return 0
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, stolen = 0] = (
    readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? ''
  )
    .split(/\s+/)
    .map(Number)
  return (user + nice + system + irq + softIrq + stolen) / TICKS_PER_S
}
