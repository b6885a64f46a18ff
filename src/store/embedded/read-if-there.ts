import { readFile } from 'node:fs/promises'
import { codeOf } from './errors.ts'

/** @returns undefined where there is no such file; every other failure is one. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
