/** Mutation operators over the SQL of the commit: it is a text to the compiler, so its tokens are found by pattern. */
import type { Edit } from './operators.ts'

const OPERATORS: readonly { readonly find: RegExp; readonly replacement: string }[] = [
  { find: /\bis distinct from\b/g, replacement: 'is not distinct from' },
  { find: / <> /g, replacement: ' = ' },
  { find: / > /g, replacement: ' >= ' },
  { find: / or /g, replacement: ' and ' },
  { find: / and /g, replacement: ' or ' },
  { find: / \+ /g, replacement: ' - ' },
  { find: / - /g, replacement: ' + ' },
  { find: /\bis not null\b/g, replacement: 'is null' },
  { find: /(?<!not )\bis null\b/g, replacement: 'is not null' },
  { find: /\bgreatest\(/g, replacement: 'least(' },
  { find: / for no key update\b/g, replacement: '' },
  { find: /\bdistinct on \(r\.key\)/g, replacement: '' },
  { find: /^ +when .* then '?\w+'?\n/gm, replacement: '' },
]

/** @param text  of the file; edits are made within the template of `COMMIT_SQL` only. */
export function statementEdits(text: string): Edit[] {
  const from = text.indexOf('export const COMMIT_SQL')
  const sql = text.slice(from)
  const edits: Edit[] = []
  for (const { find, replacement } of OPERATORS) {
    for (const match of sql.matchAll(find)) {
      if (isComment(sql, match.index)) continue
      edits.push({ start: from + match.index, end: from + match.index + match[0].length, replacement })
    }
  }
  return edits.sort((a, b) => a.start - b.start)
}

function isComment(sql: string, at: number): boolean {
  const line = sql.slice(sql.lastIndexOf('\n', at) + 1, at)
  return line.includes('--')
}
