/** Why a server cannot be had or does not do as told. The message is a sentence for whoever started it. */
export type ServiceErrorCode =
  /** The program is not on this machine. */
  | 'not_installed'
  /** The packages could not be installed. */
  | 'install_failed'
  /** Other services run in this directory. Nothing was changed. */
  | 'dir_in_use'
  | 'start_failed'
  /** It outlived every signal. */
  | 'stop_failed'

export class ServiceError extends Error {
  override readonly name = 'ServiceError'

  constructor(
    readonly code: ServiceErrorCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options)
  }
}
