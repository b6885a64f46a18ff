/**
 * One tab or window of a browser works at a time: two would send each position twice and ring twice. The lock is the browser's, and goes with the
 * tab that holds it, however it ends. Where there are no locks (an unencrypted page) every tab works.
 */
const NAME = 'waggle-courier'

export interface SeatOwner {
  held(): void
  lost(): void
}

/** @param isTaken  from the tab that has it. */
export function takeSeat(owner: SeatOwner, how: 'if_free' | 'anyway'): void {
  if (!('locks' in navigator)) {
    owner.held()
    return
  }
  const options: LockOptions = how === 'anyway' ? { steal: true } : { ifAvailable: true }
  navigator.locks
    .request(NAME, options, lock => {
      if (lock === null) {
        owner.lost()
        return undefined
      }
      owner.held()
      // Until another tab takes it, or this one is closed.
      return new Promise<void>(() => undefined)
    })
    .catch(() => owner.lost())
}
