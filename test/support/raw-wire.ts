import { connect } from 'node:net'

const ANSWER_MAX_MS = 10_000

/**
 * Says something to a server of 127.0.0.1 and hears its answer, without a client library in between.
 *
 * @returns what it said until it matched, or null where it said nothing of the kind in time.
 */
export function askRaw(url: string, say: string, hear: RegExp, maxMs: number = ANSWER_MAX_MS): Promise<string | null> {
  return new Promise(resolve => {
    let heard = ''
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) }, () => socket.write(say))
    const end = (answer: string | null) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    const timer = setTimeout(() => end(null), maxMs)
    socket.on('data', (bytes: Buffer) => {
      heard += bytes.toString('utf8')
      if (hear.test(heard)) end(heard)
    })
    socket.on('error', () => end(null))
    socket.on('close', () => end(null))
  })
}
