/** A figure says by which commit it was measured, so that it can be measured again: that commit has to be there. */
import { expect, test } from 'bun:test'
import { join } from 'node:path'

const ROOT = join(import.meta.dir, '..')
/** A short name as git prints it. Cells are longer, and a number has no letter. */
const COMMIT = /(?<![\w-])(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{7,10}(?![\w-])/g

/** @returns null where there is no git. */
function git(...args: readonly string[]) {
  try {
    return Bun.spawnSync(['git', ...args], { cwd: ROOT, stderr: 'ignore' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Why it cannot be told; null where it can. */
function unknownHistory(): string | null {
  const answer = git('rev-parse', '--is-shallow-repository')
  if (answer === null || answer.exitCode !== 0) return 'there is no repository here'
  return answer.stdout.toString().trim() === 'true' ? 'this clone is shallow: earlier commits are not in it' : null
}

const reason = unknownHistory()
if (reason !== null) console.log(`docs-commits is skipped: ${reason}`)

test.skipIf(reason !== null)('every commit that README and the docs name is in the history of this one', async () => {
  const files = ['README.md', ...new Bun.Glob('docs/**/*.md').scanSync({ cwd: ROOT })]
  const missing: string[] = []
  let named = 0
  for (const file of files) {
    const text = await Bun.file(join(ROOT, file)).text()
    for (const commit of new Set(text.match(COMMIT))) {
      named++
      if (git('merge-base', '--is-ancestor', commit, 'HEAD')?.exitCode !== 0) missing.push(`${file}: ${commit}`)
    }
  }
  expect(missing).toEqual([])
  expect(named).toBeGreaterThan(0)
})
