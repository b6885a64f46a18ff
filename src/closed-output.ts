/**
 * Whoever reads what a command says may go away before it has ended: `npm run demo | head`, a pager that is left, a collector of logs
 * that dies. The next write then fails, and a failure that nobody hears ends the process on the spot, with all that it had started left
 * running behind it.
 */

/** @param then  once, when it turns out that nobody takes what is written there. Writing goes on to be harmless, and in vain. */
export function onClosed(output: NodeJS.WritableStream, then: () => void): void {
  let isTold = false
  // A full disk or a terminal that is gone is the same to us: it is not taken.
  output.on('error', () => {
    if (isTold) return
    isTold = true
    then()
  })
}

export const WITHOUT_READERS = 'nobody reads the output any more'
