import { connect } from 'node:net'

export interface Question {
  readonly port: number
  readonly say: string
  /** What the whole of its answer must match. */
  readonly hear: RegExp
  readonly maxMs: number
}

const HEARD_MAX_CHARS = 16_384

/** Says something to a port of 127.0.0.1. @returns whether the expected answer came in time. */
export function answers({ port, say, hear, maxMs }: Question): Promise<boolean> {
  return new Promise(resolve => {
    let heard = ''
    const socket = connect({ port, host: '127.0.0.1' })
    const end = (answered: boolean) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answered)
    }
    const timer = setTimeout(() => end(false), maxMs)
    socket.on('connect', () => socket.write(say))
    socket.on('data', (bytes: Buffer) => {
      heard += bytes.toString('latin1')
      if (hear.test(heard)) end(true)
      else if (heard.length > HEARD_MAX_CHARS) end(false)
    })
    // Nobody listens yet, or no more: that is the answer.
    socket.on('error', () => end(false))
    socket.on('close', () => end(false))
  })
}
