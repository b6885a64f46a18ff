/**
 * Bounds what a server or a network that has frozen would leave open for ever.
 *
 * @throws the error made by `late`, where the request is not answered in time; it may still be carried out.
 */
export async function within<T>(timeoutMs: number, request: PromiseLike<T>, late: () => Error): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(late()), timeoutMs)
  try {
    return await Promise.race([request, promise])
  } finally {
    clearTimeout(timer)
  }
}
