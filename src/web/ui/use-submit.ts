import { useEffect, useRef, useState } from 'preact/hooks'
import { ApiError, type FieldError, newIdempotencyKey } from '../shared/api.ts'
import { call, complain } from './call.ts'
import type { Request } from './request.ts'

export interface Submit {
  readonly isBusy: boolean
  /** A sentence, where it was refused or is not known to be done. */
  readonly problem: string | null
  readonly fields: readonly FieldError[]
  /** @returns null where it was not done; `problem` says why. */
  send<T>(request: Request): Promise<T | null>
}

const CALM = { isBusy: false, problem: null, fields: [] as readonly FieldError[] }

/**
 * What a form sends. A second click while the first is under way does nothing. Where no answer came it may have been done: the same
 * content is then sent again under the same idempotency key, so that it is done once. Where the form was closed meanwhile, the foot of
 * the page says what it could not.
 */
export function useSubmit(): Submit {
  const [state, setState] = useState<Omit<Submit, 'send'>>(CALM)
  const isUnderWay = useRef(false)
  const unanswered = useRef<{ readonly text: string; readonly key: string } | null>(null)
  const isShown = useRef(true)
  useEffect(
    () => () => {
      isShown.current = false
    },
    [],
  )
  async function send<T>(request: Request): Promise<T | null> {
    if (isUnderWay.current) return null
    isUnderWay.current = true
    setState({ ...CALM, isBusy: true })
    const text = JSON.stringify(request)
    const attempt = unanswered.current?.text === text ? unanswered.current : { text, key: newIdempotencyKey() }
    const { path, ...options } = request
    try {
      const answer = await call<T>(path, { ...options, idempotencyKey: attempt.key })
      unanswered.current = null
      setState(CALM)
      return answer
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      unanswered.current = isSettled(error) ? null : attempt
      if (isShown.current) setState({ isBusy: false, problem: error.message, fields: error.fields })
      else complain(`${isSettled(error) ? 'Not done' : 'Not known to be done'}: ${error.message}`)
      return null
    } finally {
      isUnderWay.current = false
    }
  }
  return { ...state, send }
}

function isSettled({ status, code }: ApiError): boolean {
  return status >= 400 && status < 500 && code !== 'idempotency_in_progress'
}

/** @returns what was wrong there or below it. */
export function errorAt(fields: readonly FieldError[], path: string): string | null {
  return fields.find(field => field.path === path || field.path.startsWith(`${path}/`))?.message ?? null
}
