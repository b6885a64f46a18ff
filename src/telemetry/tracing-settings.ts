/** Whether anybody wants traces: by the standard's own variables, so that a node is set up like everything else. */
type Environment = Readonly<Record<string, string | undefined>>

export function wantsTraces(env: Environment): boolean {
  const value = (name: string) => env[name]?.trim().toLowerCase() ?? ''
  if (value('OTEL_SDK_DISABLED') === 'true' || value('OTEL_TRACES_EXPORTER') === 'none') return false
  return value('OTEL_EXPORTER_OTLP_ENDPOINT') !== '' || value('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') !== ''
}
