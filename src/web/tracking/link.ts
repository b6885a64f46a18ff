/** The link that the page was opened by. */
export interface Link {
  readonly token: string
  readonly orderId: string
}

/** The order stands in the link itself: `trk_<order>_<expiry>_<signature>`. */
const TOKEN = /^trk_([0-9a-z]{22})_[0-9a-z]{1,9}_[A-Za-z0-9_-]{22}$/

/** @returns null where the address holds no such link. */
export function linkIn(address: URL): Link | null {
  const token = address.searchParams.get('token') ?? address.hash.slice(1)
  const tail = TOKEN.exec(token)?.[1]
  return tail === undefined ? null : { token, orderId: `ord_${tail}` }
}

/** The same page, where the link stands behind the `#`: there no server, no proxy and no log sees it when the page is loaded again. */
export function quietPath({ token }: Link): string {
  return `/track#${token}`
}
