/** Whether this device and its line are to be spared a map that nobody has asked for. */
interface Connection {
  readonly saveData?: boolean
  readonly effectiveType?: string
}

function connection(): Connection {
  // Not every browser tells.
  return (navigator as Navigator & { connection?: Connection }).connection ?? {}
}

export function isSaving(): boolean {
  return connection().saveData === true
}

export function isSlow(): boolean {
  return isSaving() || ['slow-2g', '2g', '3g'].includes(connection().effectiveType ?? '4g')
}

export function canDrawMap(): boolean {
  return document.createElement('canvas').getContext('webgl2') !== null
}
