import { connect } from 'node:net'

const ANSWER_MAX_MS = 2_000

/** Empties a Redis of 127.0.0.1, as somebody who types the wrong command does it. @throws {Error} it does not answer. */
export function flushRedis(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) }, () => socket.write('FLUSHALL\r\n'))
    const fail = () => {
      socket.destroy()
      reject(new Error('Redis does not answer'))
    }
    const timer = setTimeout(fail, ANSWER_MAX_MS)
    socket.on('error', fail)
    socket.on('data', () => {
      clearTimeout(timer)
      socket.destroy()
      resolve()
    })
  })
}
