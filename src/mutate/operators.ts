/**
 * Mutation operators over the syntax tree: what may be wrong in a decider and still compile.
 *
 * Left out, by rule: types, imports and exports (nothing of them runs); text (messages are for people); `invariant(…)`
 * (says what cannot be: without it a correct program does the same); figures that are only shown (`stats`).
 */
import type { Expression, Node, SourceFile } from 'typescript/unstable/ast'
import { SyntaxKind } from 'typescript/unstable/ast'
import {
  isArrayLiteralExpression,
  isBinaryExpression,
  isBlock,
  isCallExpression,
  isConditionalExpression,
  isExportDeclaration,
  isExpressionStatement,
  isIfStatement,
  isImportDeclaration,
  isInterfaceDeclaration,
  isLiteralTypeNode,
  isPrefixUnaryExpression,
  isReturnStatement,
  isStringLiteral,
  isTemplateExpression,
  isTypeAliasDeclaration,
  isTypeNode,
} from 'typescript/unstable/ast/is'

export interface Edit {
  readonly start: number
  readonly end: number
  readonly replacement: string
}

const SWAPPED: ReadonlyMap<SyntaxKind, string> = new Map([
  [SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [SyntaxKind.LessThanToken, '<='],
  [SyntaxKind.LessThanEqualsToken, '<'],
  [SyntaxKind.GreaterThanToken, '>='],
  [SyntaxKind.GreaterThanEqualsToken, '>'],
  [SyntaxKind.AmpersandAmpersandToken, '||'],
  [SyntaxKind.BarBarToken, '&&'],
  [SyntaxKind.PlusToken, '-'],
  [SyntaxKind.MinusToken, '+'],
])

const NOT_BEHAVIOUR = /^(invariant\(|this\.stats\.|this\.#parts\.fail\()/

/** All edits of a file, in the order of its text. */
export function editsOf(tree: SourceFile): Edit[] {
  const edits: Edit[] = []
  const visit = (node: Node): void => {
    if (isOutside(node, tree)) return
    edits.push(...editsAt(node, tree))
    node.forEachChild(visit)
  }
  tree.forEachChild(visit)
  return edits
}

function isOutside(node: Node, tree: SourceFile): boolean {
  return (
    isImportDeclaration(node) ||
    isExportDeclaration(node) ||
    isInterfaceDeclaration(node) ||
    isTypeAliasDeclaration(node) ||
    isLiteralTypeNode(node) ||
    isTypeNode(node) ||
    ((isExpressionStatement(node) || isCallExpression(node)) && NOT_BEHAVIOUR.test(node.getText(tree)))
  )
}

function editsAt(node: Node, tree: SourceFile): Edit[] {
  const replaced = (of: Node, replacement: string): Edit => ({ start: of.getStart(tree), end: of.end, replacement })
  if (isBinaryExpression(node)) return binary(node.operatorToken, [node.left, node.right], replaced)
  if (isIfStatement(node)) return [replaced(node.expression, 'false'), replaced(node.expression, 'true')]
  if (isConditionalExpression(node)) return [replaced(node.condition, 'false'), replaced(node.condition, 'true')]
  if (isPrefixUnaryExpression(node) && node.operator === SyntaxKind.ExclamationToken) {
    return [replaced(node, node.operand.getText(tree))]
  }
  if (node.kind === SyntaxKind.TrueKeyword) return [replaced(node, 'false')]
  if (node.kind === SyntaxKind.FalseKeyword) return [replaced(node, 'true')]
  if (isArrayLiteralExpression(node)) return node.elements.map((_, i) => withoutElement(node.elements, i, tree))
  if (isExpressionStatement(node)) return [replaced(node, '')]
  if (isReturnStatement(node) && !node.expression) return [replaced(node, '')]
  if (isBlock(node) && node.statements.length > 1) return [replaced(node, '{}')]
  return []
}

function binary(
  operator: Node,
  operands: readonly Expression[],
  replaced: (of: Node, replacement: string) => Edit,
): Edit[] {
  const swapped = SWAPPED.get(operator.kind)
  if (swapped === undefined) return []
  // Texts are joined with a plus, too.
  const isText = operands.some(o => isStringLiteral(o) || isTemplateExpression(o))
  return swapped === '-' && isText ? [] : [replaced(operator, swapped)]
}

function withoutElement(elements: readonly Node[], at: number, tree: SourceFile): Edit {
  const element = elements[at]
  const [before, after] = [elements[at - 1], elements[at + 1]]
  if (!element) return { start: 0, end: 0, replacement: '' }
  const start = after || !before ? element.getStart(tree) : before.end
  return { start, end: after ? after.getStart(tree) : element.end, replacement: '' }
}
