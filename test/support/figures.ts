/** The figures of /metrics, as the code that writes them names them. */
import { join } from 'node:path'

const FOLDER = join(import.meta.dir, '../../src/http/metrics')

/** Names as in the code: a histogram by its own, without what the format adds. */
export async function figuresOfCode(): Promise<Set<string>> {
  const figures = new Set<string>()
  for await (const path of new Bun.Glob('**/*.ts').scan(FOLDER)) {
    if (path.endsWith('.test.ts')) continue
    const text = await Bun.file(join(FOLDER, path)).text()
    for (const [, name = ''] of text.matchAll(/'((?:waggle|process)_[a-z_]+)'/g)) figures.add(name)
  }
  return figures
}
