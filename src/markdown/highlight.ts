// Code in colours, by class: the content policy forbids inline styles. Only the render thread loads this file, so who
// writes no code never has its libraries in memory.
import { createCssVariablesTheme, createHighlighterCore } from 'shiki/core'
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript'
import type { GrammarState, ThemedToken } from 'shiki/types'
import { escape } from '../html/jsx-runtime.ts'
import { grammars, languagesOf } from './languages.ts'

/** Code to markup, or '' where it stays as it is. */
export type Highlight = (code: string, language: string) => string

const theme = createCssVariablesTheme({ name: 'classes', variablePrefix: '--', fontStyle: false })
const highlighter = await createHighlighterCore({
  themes: [theme],
  langs: [],
  engine: createJavaScriptRegexEngine({ forgiving: true }),
})

/** The names of shiki's theme; what has none of them looks like the text around it. */
const classes: Record<string, string> = {
  comment: 'hl-comment',
  keyword: 'hl-keyword',
  string: 'hl-string',
  'string-expression': 'hl-string',
  constant: 'hl-constant',
  function: 'hl-function',
  parameter: 'hl-parameter',
  link: 'hl-link',
  inserted: 'hl-inserted',
  deleted: 'hl-deleted',
  changed: 'hl-changed',
}

/** The first block of a language takes up to half a second, later ones milliseconds. Time of the processor. */
const limits = { blockMs: 1000, textMs: 2000 }

const linesAtOnce = 10

/** Loads what the text needs. Whatever takes longer than `limits` stays without colours. */
export async function highlightFor(markdown: string, { blockMs, textMs } = limits): Promise<Highlight> {
  const known = new Map<string, string>()
  for (const name of languagesOf(markdown)) known.set(name, await load(name))
  let leftMs = textMs
  return (code, name) => {
    const language = known.get(name.toLowerCase())
    if (!language) return ''
    const begun = busyMs()
    const tokens = tokenise(code, language, begun + Math.min(blockMs, leftMs))
    leftMs -= busyMs() - begun
    return tokens ? tokens.map(markupOf).join('\n') : ''
  }
}

async function load(name: string): Promise<string> {
  const grammar = (await grammars.get(name)?.())?.default ?? []
  await highlighter.loadLanguage(grammar)
  return grammar.at(-1)?.name ?? 'text'
}

/** Some lines at a time, to look at the clock between them. Nothing when the time is over. */
function tokenise(code: string, lang: string, deadline: number): ThemedToken[][] | undefined {
  const lines = code.split('\n')
  const done: ThemedToken[][] = []
  let grammarState: GrammarState | undefined
  for (let from = 0; from < lines.length; from += linesAtOnce) {
    if (busyMs() >= deadline) return
    const piece = lines.slice(from, from + linesAtOnce).join('\n')
    const tokens = highlighter.codeToTokensBase(piece, {
      lang,
      theme: 'classes',
      ...(grammarState && { grammarState }),
      tokenizeMaxLineLength: 2000,
      // Its own limit would count the time of others, and leave half a line without colours.
      tokenizeTimeLimit: 0,
    })
    grammarState = highlighter.getLastGrammarState(tokens)
    for (const line of tokens) done.push(line)
  }
  return done
}

/** Neighbours of one class share an element. */
function markupOf(line: ThemedToken[]): string {
  const pieces: { name: string | undefined; text: string }[] = []
  for (const { content, color } of line) {
    const last = pieces.at(-1)
    const name = /^\s*$/.test(content) ? last?.name : classes[/--token-([a-z-]+)/.exec(color ?? '')?.[1] ?? '']
    if (last && last.name === name) last.text += content
    else pieces.push({ name, text: content })
  }
  return pieces.map(({ name, text }) => (name ? `<span class="${name}">${escape(text)}</span>` : escape(text))).join('')
}

/** Other programs on a busy machine must not take a text's colours away. */
function busyMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
