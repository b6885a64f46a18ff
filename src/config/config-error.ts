/** A setting that is not understood. Its message names the variable, and never repeats a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}
