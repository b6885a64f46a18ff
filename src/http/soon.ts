/**
 * What may be there already. Most of what a request needs is in memory: who calls, what he may, where a driver is. To wait for it all
 * the same costs more than to look it up: each wait is an object or three and a turn of the queue, at every step between the socket
 * and the answer, and an answer that is there when the platform asks for it leaves in the same turn. So the way of a request
 * is written in steps, each of which goes on at once where it can.
 */
export type Soon<T> = T | Promise<T>

/** @throws what `next` throws where nothing was waited for; otherwise the promise is rejected with it. */
export function after<A, B>(value: Soon<A>, next: (value: A) => Soon<B>): Soon<B> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** Whatever goes wrong on the way, at once or later, is answered by `instead`. */
export function otherwise<T>(run: () => Soon<T>, instead: (error: unknown) => Soon<T>): Soon<T> {
  try {
    const value = run()
    return value instanceof Promise ? value.catch(instead) : value
  } catch (error) {
    return instead(error)
  }
}
