import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { ApiError } from '../shared/api.ts'
import { call } from './call.ts'

export interface Reading<T> {
  /** Null: not read yet. It stays where a later reading fails. */
  readonly value: T | null
  readonly problem: ApiError | null
  reload(): void
}

/** One thing of the API, read again every so often; each turn begins after the one before has ended. */
export function useRead<T>(path: string, everyMs: number | null = null): Reading<T> {
  const [value, setValue] = useState<T | null>(null)
  const [problem, setProblem] = useState<ApiError | null>(null)
  const turn = useRef(0)
  const read = useCallback(async () => {
    const mine = ++turn.current
    try {
      const answer = await call<T>(path)
      if (mine !== turn.current) return
      setValue(answer)
      setProblem(null)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (mine === turn.current) setProblem(error)
    }
  }, [path])
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let isOver = false
    const again = async () => {
      await read()
      if (everyMs !== null && !isOver) timer = setTimeout(again, everyMs)
    }
    void again()
    return () => {
      isOver = true
      turn.current++
      clearTimeout(timer)
    }
  }, [read, everyMs])
  return { value, problem, reload: () => void read() }
}
