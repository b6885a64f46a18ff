/**
 * The compiler's own syntax trees. TypeScript 7 parses in a process of its own and hands the trees over; of its two
 * clients the asynchronous one runs on Bun.
 */
import { join } from 'node:path'
import type { SourceFile } from 'typescript/unstable/ast'
import { API } from 'typescript/unstable/async'

/** @returns the trees of these files, paths from `dir`, which holds a `tsconfig.json` that includes them. */
export async function syntaxTrees(dir: string, files: readonly string[]): Promise<Map<string, SourceFile>> {
  const api = new API({ cwd: dir })
  try {
    const config = join(dir, 'tsconfig.json')
    const snapshot = await api.updateSnapshot({ openProjects: [config] })
    const program = snapshot.getProject(config)?.program
    const trees = new Map<string, SourceFile>()
    for (const file of files) {
      const tree = await program?.getSourceFile(join(dir, file))
      if (!tree) throw new Error(`the compiler has no syntax tree of ${file}`)
      trees.set(file, tree)
    }
    return trees
  } finally {
    await api.close()
  }
}
