import { SERVICE_NAMES, type ServiceName } from './service.ts'

export class ArgumentError extends Error {
  override readonly name = 'ArgumentError'
}

export interface Arguments {
  readonly kind: 'run' | 'help'
  readonly install: 'first' | 'never'
  readonly output: 'lines' | 'lines_and_json'
  /** Null: a scratch directory. */
  readonly dir: string | null
  readonly only: readonly ServiceName[]
}

/** @throws {ArgumentError} */
export function readArguments(argv: readonly string[]): Arguments {
  // npm hands its own `--` on.
  const left = argv.filter(arg => arg !== '--')
  let read: Arguments = { kind: 'run', install: 'never', output: 'lines', dir: null, only: SERVICE_NAMES }
  for (let arg = left.shift(); arg !== undefined; arg = left.shift()) {
    if (arg === '--help' || arg === '-h') read = { ...read, kind: 'help' }
    else if (arg === '--install') read = { ...read, install: 'first' }
    else if (arg === '--json') read = { ...read, output: 'lines_and_json' }
    else if (arg === '--dir') read = { ...read, dir: valueAfter(arg, left.shift()) }
    else if (arg === '--only') read = { ...read, only: namesIn(valueAfter(arg, left.shift())) }
    else throw new ArgumentError(`unknown argument "${arg}"; try --help`)
  }
  return read
}

function valueAfter(name: string, value: string | undefined): string {
  if (value === undefined || value.startsWith('--')) throw new ArgumentError(`${name} wants a value`)
  return value
}

function namesIn(list: string): ServiceName[] {
  return list.split(',').map(given => {
    const name = SERVICE_NAMES.find(known => known === given.trim())
    if (name === undefined) throw new ArgumentError(`--only takes ${SERVICE_NAMES.join(', ')}, not "${given}"`)
    return name
  })
}
