/** Where the key is: in a link until it is opened, then in this tab. */
const KEY = 'waggle.key'

export function storedKey(): string | null {
  return sessionStorage.getItem(KEY)
}

export function keepKey(key: string | null): void {
  if (key === null) sessionStorage.removeItem(KEY)
  else sessionStorage.setItem(KEY, key)
}

/** From a link as the demo prints it. It is behind the `#`, so no server and no log has seen it, and it leaves the address bar. */
export function takeKeyFromLink(): string | null {
  const key = new URLSearchParams(location.hash.slice(1)).get('key')
  if (key !== null) history.replaceState(null, '', location.pathname)
  return key
}
