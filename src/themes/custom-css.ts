// An owner's own CSS: taken apart, compared with what is allowed, and written anew from what is left. What was typed is
// never sent to anybody.
import type { Atrule, Block, CssNode, Declaration, List, Raw, Rule, SyntaxParseError } from 'css-tree'
import { load, once } from '../once.ts'
import { allowedAtRules, allowedFunctions, allowedPositions, allowedProperties } from './allowed-css.ts'

const library = once(() => load('css-tree') as typeof import('css-tree'))

/** Why a part of it is left out; the view has the sentences. */
export type Reason =
  | 'syntax'
  | 'at-rule'
  | 'property'
  | 'function'
  | 'address'
  | 'position'
  | 'selector'
  | 'depth'
  | 'many-selectors'
  | 'many-rules'
  | 'many-declarations'
  | 'many-mistakes'
export type Refusal = { line: number; what: string; reason: Reason }
export type CleanCss = { css: string; refused: Refusal[]; rules: number }

const mostRules = 500
const mostDeclarations = 2500
const mostSelectors = 40
const mostDepth = 5
// The parser calls itself for each bracket.
const mostBrackets = 40
const mostNamed = 50
// Of each the parser makes an error with a piece of the text, which takes 0.1 ms, and everybody waits meanwhile.
const mostMistakes = 200

export function cleanCss(typed: string): CleanCss {
  if (typed.trim() === '') return { css: '', refused: [], rules: 0 }
  const clean = new Cleaning()
  const deep = tooDeep(typed)
  if (deep !== undefined) return { css: '', refused: [{ line: deep, what: '((((…', reason: 'depth' }], rules: 0 }
  const sheet = parsed(typed)
  if ('mistake' in sheet) return { css: '', refused: [sheet.mistake], rules: 0 }
  if (sheet.type !== 'StyleSheet') return { css: '', refused: clean.refused, rules: 0 }
  clean.list(sheet.children, 0)
  // A "<" can only stand in a string; so it never ends an element that the text is put into.
  const css = library().generate(sheet).replaceAll('<', '\\3c ')
  return { css, refused: clean.refused.toSorted((a, b) => a.line - b.line), rules: clean.rules }
}

/** What the parser cannot read it leaves whole, and that is refused later; where it is too much, the place is answered. */
function parsed(typed: string): CssNode | { mistake: Refusal } {
  let mistakes = 0
  let mistake: Refusal | undefined
  const onParseError = (error: SyntaxParseError) => {
    if (++mistakes <= mostMistakes) return
    mistake = { line: error.line, what: '…', reason: 'many-mistakes' }
    throw error
  }
  try {
    return library().parse(typed, { positions: true, parseCustomProperty: true, onParseError })
  } catch (error) {
    if (!mistake) throw error
    return { mistake }
  }
}

class Cleaning {
  readonly refused: Refusal[] = []
  rules = 0
  declarations = 0

  refuse(line: number, what: string, reason: Reason): void {
    if (this.refused.length >= mostNamed) return
    const isKnown = this.refused.some((one) => one.line === line && one.reason === reason && one.what === what)
    if (!isKnown) this.refused.push({ line, what: what.slice(0, 80), reason })
  }

  /** Takes out of a list what may not stay. */
  list(nodes: List<CssNode>, depth: number): void {
    nodes.forEach((node, item) => {
      if (!this.isGood(node, depth)) nodes.remove(item)
    })
  }

  isGood(node: CssNode, depth: number): boolean {
    if (node.type === 'Rule') return this.isGoodRule(node, depth)
    if (node.type === 'Atrule') return this.isGoodAtRule(node, depth)
    if (node.type === 'Declaration') return depth > 0 && this.isGoodDeclaration(node)
    if (node.type === 'Raw' && node.value.trim().replaceAll(';', '') !== '')
      this.refuse(lineOf(node), node.value, 'syntax')
    // Comments, too: nobody needs to load them.
    return false
  }

  isGoodRule(rule: Rule, depth: number): boolean {
    const line = lineOf(rule)
    const name = rule.prelude.type === 'Raw' ? rule.prelude.value : library().generate(rule.prelude)
    if (depth >= mostDepth) return this.no(line, name, 'depth')
    if (++this.rules > mostRules) return this.no(line, name, 'many-rules')
    if (rule.prelude.type === 'Raw' || holdsRaw(rule.prelude)) return this.no(line, name, 'selector')
    if (rule.prelude.children.size > mostSelectors) return this.no(line, name, 'many-selectors')
    return this.isGoodBlock(rule.block, depth)
  }

  isGoodAtRule(rule: Atrule, depth: number): boolean {
    const line = lineOf(rule)
    const name = rule.name.toLowerCase()
    if (!allowedAtRules.has(name) || !rule.block || !rule.prelude) return this.no(line, `@${rule.name}`, 'at-rule')
    if (depth >= mostDepth) return this.no(line, `@${rule.name}`, 'depth')
    if (++this.rules > mostRules) return this.no(line, `@${rule.name}`, 'many-rules')
    if (rule.prelude.type === 'Raw' || holdsRaw(rule.prelude)) return this.no(line, `@${rule.name}`, 'syntax')
    return this.isGoodBlock(rule.block, depth)
  }

  isGoodBlock(block: Block, depth: number): boolean {
    this.list(block.children, depth + 1)
    return block.children.size > 0
  }

  isGoodDeclaration(declaration: Declaration): boolean {
    const line = lineOf(declaration)
    const { property } = declaration
    if (++this.declarations > mostDeclarations) return this.no(line, property, 'many-declarations')
    const isOwn = /^--[\w-]+$/.test(property)
    if (!isOwn && !allowedProperties.has(property.toLowerCase())) return this.no(line, property, 'property')
    if (declaration.value.type === 'Raw') {
      if (isOwn && declaration.value.value.trim() === '') return true
      return this.no(line, `${property}: ${declaration.value.value}`, 'syntax')
    }
    if (!isOwn && library().generate(declaration.value).trim() === '') return this.no(line, `${property}:`, 'syntax')
    if (property.toLowerCase() === 'position') {
      const value = library().generate(declaration.value).toLowerCase()
      if (!allowedPositions.has(value)) return this.no(line, `position: ${value}`, 'position')
    }
    return this.isGoodValue(declaration.value, line)
  }

  isGoodValue(value: CssNode, line: number): boolean {
    let isGood = true
    library().walk(value, (node) => {
      if (!isGood) return
      if (node.type === 'Url' && !isOwnFile(node.value)) isGood = this.no(line, node.value, 'address')
      else if (node.type === 'Function' && !allowedFunctions.has(node.name.toLowerCase()))
        isGood = this.no(line, `${node.name}()`, 'function')
      else if (node.type === 'Raw') isGood = this.isGoodRaw(node, line)
      else if (!knownNodes.has(node.type)) isGood = this.no(line, library().generate(node), 'syntax')
    })
    return isGood
  }

  /** What stands behind the comma of a var() is left as it is by the parser. */
  isGoodRaw(raw: Raw, line: number): boolean {
    if (raw.value.trim() === '') return true
    let isBroken = false
    const value = library().parse(raw.value, { context: 'value', onParseError: () => (isBroken = true) })
    if (isBroken || value.type === 'Raw') return this.no(line, raw.value, 'syntax')
    return this.isGoodValue(value, line)
  }

  no(line: number, what: string, reason: Reason): false {
    this.refuse(line, what.trim(), reason)
    return false
  }
}

const knownNodes = new Set(
  (
    'Value Identifier Dimension Percentage Number Hash String Operator Parentheses Brackets Function Url Raw ' +
    'UnicodeRange WhiteSpace Ratio'
  ).split(' '),
)

/** Pictures of the library and files that come with Bloggy, and nothing that could be another host. */
function isOwnFile(address: string): boolean {
  return /^\/(media|assets)\/[\w./-]+$/.test(address) && !address.includes('..')
}

function holdsRaw(node: CssNode): boolean {
  let found = false
  library().walk(node, ({ type }) => {
    if (type === 'Raw' || type === 'Url') found = true
  })
  return found
}

function lineOf(node: CssNode): number {
  return node.loc?.start.line ?? 1
}

/** The line in which more brackets are open than anybody needs. */
function tooDeep(typed: string): number | undefined {
  let open = 0
  let line = 1
  for (const character of typed) {
    if (character === '\n') line++
    else if ('([{'.includes(character)) open++
    else if (')]}'.includes(character)) open = Math.max(0, open - 1)
    if (open > mostBrackets) return line
  }
  return undefined
}
