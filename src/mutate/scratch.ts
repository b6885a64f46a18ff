/** A copy of the sources that can be broken: the checkout itself is never touched. */
import { rmSync } from 'node:fs'
import { chmod, cp, mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Mutant, mutated } from './mutation.ts'

/** All that tests read. What is not there is left out. */
const COPIED = ['package.json', 'tsconfig.json', 'bunfig.toml', 'biome.json', 'src', 'test', 'bench', 'docs']

export class Scratch {
  readonly dir: string

  private constructor(dir: string) {
    this.dir = dir
  }

  /** @param from  the checkout, or another scratch copy: so that two of them hold the same even while somebody edits. */
  static async of(from: string): Promise<Scratch> {
    const dir = await mkdtemp(join(tmpdir(), 'waggle-mutate-'))
    // A Postgres that is started as root runs as somebody else, and reads what is needed through here.
    await chmod(dir, 0o755)
    const present = [...new Bun.Glob('*').scanSync({ cwd: from, onlyFiles: false })]
    for (const name of COPIED)
      if (present.includes(name)) await cp(join(from, name), join(dir, name), { recursive: true })
    await symlink(await realpath(join(from, 'node_modules')), join(dir, 'node_modules'))
    return new Scratch(dir)
  }

  text(file: string): Promise<string> {
    return Bun.file(join(this.dir, file)).text()
  }

  /** The file is as before afterwards, whatever happens. */
  async with<T>(mutant: Mutant, run: () => Promise<T>): Promise<T> {
    const path = join(this.dir, mutant.file)
    const text = await Bun.file(path).text()
    await Bun.write(path, mutated(text, mutant))
    try {
      return await run()
    } finally {
      await Bun.write(path, text)
    }
  }

  async remove(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true })
  }

  /** On the way out of a process that was interrupted. */
  removeNow(): void {
    rmSync(this.dir, { recursive: true, force: true })
  }
}
