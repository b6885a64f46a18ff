import { useEffect, useState } from 'preact/hooks'

const SETTLES_MS = 300

/** What somebody types, once they pause: a question for each letter would be answered to nobody. */
export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLES_MS)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}
