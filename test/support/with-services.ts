/**
 * Tests that need servers which do not come with the packages. In CI nothing is skipped: a missing server is a failure
 * there. Elsewhere the tests are skipped, with a sentence that says what to do.
 */
import { describe, expect, test } from 'bun:test'
import { findProgram } from '../../src/services/find-program.ts'
import { SERVICE_NAMES, type ServiceName } from '../../src/services/service.ts'
import { missingServices } from '../../src/services/services.ts'
import { findPostgresTool, POSTGRES_TOOLS, type PostgresTool } from './postgres-tools.ts'

/** Of the Debian package `prometheus`. */
export type MonitoringTool = 'prometheus' | 'promtool'

const MONITORING_TOOLS: readonly MonitoringTool[] = ['prometheus', 'promtool']

/** @param body  defines the tests, as that of `describe`. */
export async function describeWithServices(
  title: string,
  names: readonly (ServiceName | PostgresTool | MonitoringTool)[],
  body: () => void,
): Promise<void> {
  const missing = await missingOf(names)
  if (missing.length === 0) return describe(title, body)
  const sentence = `${missing.join(' and ')} is not installed here: run "npm run test:cluster -- --install", or install it yourself`
  if (process.env.CI === 'true') return test(`${title}: every server is installed`, () => expect(sentence).toBe(''))
  console.log(`skipped: ${title}; ${sentence}`)
  describe.skip(title, body)
}

async function missingOf(names: readonly (ServiceName | PostgresTool | MonitoringTool)[]): Promise<string[]> {
  const missing: string[] = await missingServices(SERVICE_NAMES.filter(name => names.includes(name)))
  for (const tool of POSTGRES_TOOLS) {
    if (names.includes(tool) && (await findPostgresTool(tool)) === null) missing.push(tool)
  }
  for (const tool of MONITORING_TOOLS)
    if (names.includes(tool) && (await findProgram(tool)) === null) missing.push(tool)
  return missing
}
