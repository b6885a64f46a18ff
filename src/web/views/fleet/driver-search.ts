import { useEffect } from 'preact/hooks'
import type { Driver } from '../../shared/manage.ts'
import type { List } from '../../ui/use-list.ts'

export function matches(driver: Driver, search: string): boolean {
  const text = search.trim().toLowerCase()
  if (text === '') return true
  const { driver_id, name, vehicle_id, vehicle_type, skills } = driver
  return [driver_id, name, vehicle_id, vehicle_type, ...skills].join(' ').toLowerCase().includes(text)
}

/** While something is searched for, the rest of the list is read as well, page by page, until that fails. @returns how far that is. */
export function useSearched(list: List<Driver>, search: string): { readonly words: string } {
  const { rows, hasMore, isCut, isReading, problem } = list
  const isSearching = search.trim() !== ''
  const goesOn = isSearching && hasMore && problem === null
  useEffect(() => {
    if (goesOn && !isReading) list.more()
  }, [goesOn, isReading])
  if (rows === null || !isSearching) return { words: '' }
  const found = rows.filter(row => matches(row, search)).length
  const among = `${found.toLocaleString()} of ${isCut ? 'the first ' : ''}${rows.length.toLocaleString()}`
  return { words: goesOn ? `${among}, reading on …` : among }
}
