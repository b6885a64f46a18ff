/**
 * One tab or window of a browser works at a time: two would send each position twice and ring twice. The lock is the browser's, and goes with the
 * tab that holds it, however it ends. Where there are no locks (an unencrypted page) every tab works.
 */
const NAME = 'waggle-courier'

export interface SeatOwner {
  held(): void
  lost(): void
}

/** From now on neither is told anything. */
export type LeaveSeat = () => void

/**
 * @param how  `anyway`: from the tab that has it.
 * @returns what gives it up, which the end of the tab does as well; signing out is no end of the tab.
 */
export function takeSeat(owner: SeatOwner, how: 'if_free' | 'anyway'): LeaveSeat {
  if (!('locks' in navigator)) {
    owner.held()
    return () => undefined
  }
  const left = Promise.withResolvers<void>()
  let isLeft = false
  const options: LockOptions = how === 'anyway' ? { steal: true } : { ifAvailable: true }
  navigator.locks
    .request(NAME, options, lock => {
      if (isLeft) return undefined
      if (lock === null) {
        owner.lost()
        return undefined
      }
      owner.held()
      return left.promise
    })
    .catch(() => {
      if (!isLeft) owner.lost()
    })
  return () => {
    isLeft = true
    left.resolve()
  }
}
