import type { Page } from 'playwright-core'

const AXE = Bun.resolveSync('axe-core/axe.min.js', import.meta.dir)
const RULES = `axe.run().then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + n.html.slice(0, 200))))`

/** @returns what on the page breaks a rule of accessibility, each with its place. */
export async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(await Bun.file(AXE).text())
  return (await page.evaluate(RULES)) as string[]
}
