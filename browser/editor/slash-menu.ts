// A slash at the beginning of a line offers what a line may become.
import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  pickedCompletion,
} from '@codemirror/autocomplete'
import { EditorSelection, type EditorState } from '@codemirror/state'
import type { EditorView } from '@codemirror/view'
import { apart } from './apart.ts'
import { words } from './words.ts'

// The broken bar marks where the cursor goes.
const blocks: [label: string, text: string, isApart?: 'apart'][] = [
  [words.heading, '## ¦'],
  [words.smallerHeading, '### ¦'],
  [words.list, '- ¦'],
  [words.numberedList, '1. ¦'],
  [words.tasks, '- [ ] ¦'],
  [words.quote, '> ¦'],
  [words.code, '```\n¦\n```'],
  [words.table, '| ¦ | |\n|---|---|\n|  |  |', 'apart'],
  // Directly below words it would make them a heading.
  [words.line, '---\n\n¦', 'apart'],
  [words.details, '<details><summary>¦</summary>\n\n\n\n</details>', 'apart'],
  [words.formula, '$$\n¦\n$$', 'apart'],
  [words.contents, '[[toc]]\n\n¦', 'apart'],
  [words.card, 'https://¦', 'apart'],
]

export function slashMenu(context: CompletionContext): CompletionResult | null {
  const found = context.matchBefore(/\/[\p{L} ]*/u)
  if (!found || found.from !== context.state.doc.lineAt(found.from).from) return null
  return {
    from: found.from,
    options: [...options, footnote, picture, fromLibrary],
    filter: true,
    validFor: /^\/[\p{L} ]*$/u,
  }
}

const options = blocks.map(([label, text, isApart], index): Completion => ({
  label: `/${label}`,
  displayLabel: label,
  boost: -index,
  detail: text.startsWith('<') ? '' : (text.split('\n')[0]?.replace('¦', '').trim() ?? ''),
  apply: (view, completion, from, to) =>
    insert(view, completion, isApart ? apart(view.state, text, from, to) : text, from, to),
}))

const footnote: Completion = {
  label: `/${words.footnote}`,
  displayLabel: words.footnote,
  boost: -blocks.length,
  detail: '[^1]',
  apply: (view, completion, from, to) => {
    const numbers = [...view.state.doc.toString().matchAll(/\[\^(\d{1,6})\]/g)].map(([, number]) => Number(number))
    const mark = `[^${Math.max(0, ...numbers) + 1}]`
    const note = apart(view.state, `${mark}: ¦`, from, to)
    const end = endOfParagraph(view.state, from)
    // A note belongs to the words before it. Where there are none, the mark stands here for them to come.
    if (end === undefined) insert(view, completion, `${mark}¦\n\n${mark}: `, from, to)
    else insert(view, completion, note, from, to, { from: end, insert: mark })
  },
}

const picture = asking(words.picture, 'pick-picture', '![ ]')
const fromLibrary = asking(words.pictureFromLibrary, 'pick-from-library')

/** The page asks for the rest. */
function asking(label: string, what: string, detail = ''): Completion {
  return {
    label: `/${label}`,
    displayLabel: label,
    boost: -blocks.length,
    detail,
    apply: (view, _, from, to) => {
      view.dispatch({ changes: { from, to } })
      view.dom.dispatchEvent(new CustomEvent(what, { bubbles: true }))
    },
  }
}

/** Of the one above this place: only plain words take a mark at their end. */
function endOfParagraph(state: EditorState, from: number): number | undefined {
  const before = state.sliceDoc(0, from).trimEnd()
  const line = state.doc.lineAt(before.length)
  const fences = before.match(/^ {0,3}(```|~~~|\$\$)/gm)?.length ?? 0
  const isPlain =
    before !== '' && fences % 2 === 0 && !/^\s*(#|```|~~~|\$\$|\||<|---|===|\[\^|\[\[|!\[)|\$\$$/.test(line.text)
  return isPlain ? before.length : undefined
}

function insert(
  view: EditorView,
  completion: Completion,
  text: string,
  from: number,
  to: number,
  before?: { from: number; insert: string },
): void {
  const at = from + (before?.insert.length ?? 0) + text.indexOf('¦')
  view.dispatch({
    changes: [...(before ? [before] : []), { from, to, insert: text.replace('¦', '') }],
    selection: EditorSelection.cursor(at),
    annotations: pickedCompletion.of(completion),
    scrollIntoView: true,
    userEvent: 'input.complete',
  })
}
