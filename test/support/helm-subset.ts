/**
 * The part of Helm's templates that our chart uses, so that what it makes can be looked at where there is no helm. Whatever is not
 * known here is refused and not guessed: a chart that uses more of the language fails its test until this, or helm, knows it.
 *
 * Known: `.A.b`, `$.A.b`, `$name`, strings, numbers; `if`, `with`, `range`, `define`, each with `else` and `end`; pipes; the functions
 * below. Trimming by `{{-` and `-}}` is that of the language.
 */
import { createHash } from 'node:crypto'

export class TemplateError extends Error {
  override readonly name = 'TemplateError'
}

interface Scope {
  readonly dot: unknown
  readonly vars: ReadonlyMap<string, unknown>
}

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly pipe: string }
  | {
      readonly kind: 'block'
      readonly word: 'if' | 'with' | 'range'
      readonly pipe: string
      readonly then: Node[]
      readonly otherwise: Node[]
    }

type Token = { readonly text: string } | { readonly action: string }

export class Templates {
  readonly #defined = new Map<string, Node[]>()

  /** @param files  those with definitions among them. */
  constructor(definitions: readonly string[]) {
    for (const text of definitions) this.#parse(text)
  }

  render(text: string, root: object): string {
    return this.#write(this.#parse(text), { dot: root, vars: new Map([['$', root]]) })
  }

  // ------------------------------------------------------------ reading

  #parse(text: string): Node[] {
    const tokens = tokensOf(text)
    const nodes = this.#nodes(tokens)
    if (tokens.length > 0) throw new TemplateError(`"${JSON.stringify(tokens[0])}" ends nothing`)
    return nodes
  }

  /** Up to an `end` or `else` that is not its own, which it leaves. */
  #nodes(tokens: Token[]): Node[] {
    const nodes: Node[] = []
    for (let token = tokens[0]; token !== undefined; token = tokens[0]) {
      if ('text' in token) {
        tokens.shift()
        nodes.push({ kind: 'text', text: token.text })
        continue
      }
      const [, word = '', rest = ''] = /^(\S+)\s*([\s\S]*)$/.exec(token.action) ?? []
      if (word === 'end' || word === 'else') return nodes
      tokens.shift()
      if (word === 'define') this.#defined.set(unquoted(rest), this.#body(tokens).then)
      else if (word === 'if' || word === 'with' || word === 'range') {
        nodes.push({ kind: 'block', word, pipe: rest, ...this.#body(tokens) })
      } else if (!token.action.startsWith('/*')) nodes.push({ kind: 'print', pipe: token.action })
    }
    return nodes
  }

  #body(tokens: Token[]): { then: Node[]; otherwise: Node[] } {
    const then = this.#nodes(tokens)
    const closing = tokens.shift()
    if (closing === undefined || !('action' in closing)) throw new TemplateError('a block without an end')
    if (closing.action === 'end') return { then, otherwise: [] }
    if (closing.action !== 'else') throw new TemplateError(`"${closing.action}" is not known here`)
    const otherwise = this.#nodes(tokens)
    const end = tokens.shift()
    if (end === undefined || !('action' in end) || end.action !== 'end')
      throw new TemplateError('an else without an end')
    return { then, otherwise }
  }

  // ------------------------------------------------------------ writing

  #write(nodes: readonly Node[], scope: Scope): string {
    return nodes.map(node => this.#writeOne(node, scope)).join('')
  }

  #writeOne(node: Node, scope: Scope): string {
    switch (node.kind) {
      case 'text':
        return node.text
      case 'print':
        return printed(this.#value(node.pipe, scope))
      case 'block':
        return node.word === 'range' ? this.#range(node, scope) : this.#branch(node, scope)
    }
  }

  #branch({ word, pipe, then, otherwise }: Extract<Node, { kind: 'block' }>, scope: Scope): string {
    const value = this.#value(pipe, scope)
    if (isEmpty(value)) return this.#write(otherwise, scope)
    return this.#write(then, word === 'with' ? { ...scope, dot: value } : scope)
  }

  #range({ pipe, then, otherwise }: Extract<Node, { kind: 'block' }>, scope: Scope): string {
    const [, key, item, of] = /^(\$\w+),\s*(\$\w+)\s*:=\s*(.+)$/.exec(pipe) ?? []
    const value = this.#value(of ?? pipe, scope)
    if (isEmpty(value)) return this.#write(otherwise, scope)
    // Maps in the order of their keys, as the language has it.
    const entries = Array.isArray(value)
      ? [...value.entries()]
      : Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1))
    return entries
      .map(([name, one]) => {
        const vars = new Map(scope.vars)
        if (key !== undefined && item !== undefined) vars.set(key, name).set(item, one)
        return this.#write(then, { dot: one, vars })
      })
      .join('')
  }

  #value(pipe: string, scope: Scope): unknown {
    let last: { readonly value: unknown } | null = null
    for (const command of split(pipe, '|')) {
      const words = split(command, ' ')
      const [first = ''] = words
      const isCall = /^[a-z]\w*$/i.test(first) && first !== 'true' && first !== 'false'
      if (!isCall) {
        if (words.length !== 1 || last !== null) throw new TemplateError(`"${pipe}" is not known here`)
        last = { value: wordValue(first, scope) }
        continue
      }
      const args = words.slice(1).map(word => wordValue(word, scope))
      last = { value: this.#call(first, last === null ? args : [...args, last.value]) }
    }
    return last?.value
  }

  #call(name: string, args: readonly unknown[]): unknown {
    if (name === 'include') {
      const body = this.#defined.get(String(args[0]))
      if (body === undefined) throw new TemplateError(`nothing is defined as ${args[0]}`)
      return this.#write(body, { dot: args[1], vars: new Map([['$', args[1]]]) })
    }
    const run = FUNCTIONS[name]
    if (run === undefined) throw new TemplateError(`the function ${name} is not known here`)
    return run(args)
  }
}

const FUNCTIONS: Readonly<Record<string, (args: readonly unknown[]) => unknown>> = {
  quote: ([value]) => JSON.stringify(printed(value)),
  toYaml: ([value]) => Bun.YAML.stringify(value, null, 2).trimEnd(),
  toJson: ([value]) => JSON.stringify(value),
  sha256sum: ([value]) => createHash('sha256').update(printed(value)).digest('hex'),
  indent: ([by, text]) => indented(Number(by), printed(text)),
  nindent: ([by, text]) => `\n${indented(Number(by), printed(text))}`,
  default: ([fallback, value]) => (isEmpty(value) ? fallback : value),
  required: ([sentence, value]) => {
    if (isEmpty(value)) throw new TemplateError(String(sentence))
    return value
  },
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let rest = text
  for (let at = rest.indexOf('{{'); at >= 0; at = rest.indexOf('{{')) {
    const end = rest.indexOf('}}', at)
    if (end < 0) throw new TemplateError('{{ without }}')
    const inside = rest.slice(at + 2, end)
    const before = rest.slice(0, at)
    tokens.push({ text: inside.startsWith('-') ? before.trimEnd() : before })
    tokens.push({ action: inside.replace(/^-/, '').replace(/-$/, '').trim() })
    rest = rest.slice(end + 2)
    if (inside.endsWith('-')) rest = rest.trimStart()
  }
  return [...tokens, { text: rest }]
}

/** Outside of quotes. */
function split(text: string, at: '|' | ' '): string[] {
  const parts = text.match(at === '|' ? /(?:"[^"]*"|[^|"])+/g : /(?:"[^"]*"|[^\s"])+/g) ?? []
  return parts.map(part => part.trim())
}

function wordValue(word: string, { dot, vars }: Scope): unknown {
  if (word.startsWith('"')) return unquoted(word)
  if (/^-?\d+$/.test(word)) return Number(word)
  if (word === '.') return dot
  if (word === 'true' || word === 'false') return word === 'true'
  const [, name, path = ''] = /^(\$\w*)?((?:\.\w+)*)$/.exec(word) ?? []
  if (name === undefined && path === '') throw new TemplateError(`"${word}" is not known here`)
  const from = name === undefined ? dot : vars.get(name)
  if (name !== undefined && !vars.has(name)) throw new TemplateError(`${name} is nowhere set`)
  let value = from
  for (const field of path.split('.').slice(1)) value = (value as Record<string, unknown> | null | undefined)?.[field]
  return value
}

function unquoted(word: string): string {
  return JSON.parse(word) as string
}

function printed(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'object') throw new TemplateError('a map or a list cannot be printed')
  return String(value)
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

function indented(by: number, text: string): string {
  return text.replaceAll(/^/gm, ' '.repeat(by))
}
