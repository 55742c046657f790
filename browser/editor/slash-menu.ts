// A slash at the beginning of a line offers what a line may become.
import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  pickedCompletion,
} from '@codemirror/autocomplete'
import { EditorSelection } from '@codemirror/state'
import type { EditorView } from '@codemirror/view'

// The broken bar marks where the cursor goes.
const blocks: [label: string, text: string][] = [
  ['Heading', '## ¦'],
  ['Smaller heading', '### ¦'],
  ['List', '- ¦'],
  ['Numbered list', '1. ¦'],
  ['Tasks', '- [ ] ¦'],
  ['Quote', '> ¦'],
  ['Code', '```\n¦\n```'],
  ['Table', '| ¦ | |\n|---|---|\n|  |  |'],
  ['Line', '---\n\n¦'],
  ['Details', '<details><summary>¦</summary>\n\n\n\n</details>'],
]

export function slashMenu(context: CompletionContext): CompletionResult | null {
  const found = context.matchBefore(/\/[\p{L} ]*/u)
  if (!found || found.from !== context.state.doc.lineAt(found.from).from) return null
  return { from: found.from, options: [...options, picture], filter: true, validFor: /^\/[\p{L} ]*$/u }
}

const options = blocks.map(([label, text], index): Completion => ({
  label: `/${label}`,
  displayLabel: label,
  boost: -index,
  detail: text.startsWith('<') ? '' : (text.split('\n')[0]?.replace('¦', '').trim() ?? ''),
  apply: (view, completion, from, to) => insert(view, completion, text, from, to),
}))

const picture: Completion = {
  label: '/Picture',
  displayLabel: 'Picture',
  boost: -blocks.length,
  detail: '![ ]',
  apply: (view, _, from, to) => {
    view.dispatch({ changes: { from, to } })
    view.dom.dispatchEvent(new CustomEvent('pick-picture', { bubbles: true }))
  },
}

function insert(view: EditorView, completion: Completion, text: string, from: number, to: number): void {
  view.dispatch({
    changes: { from, to, insert: text.replace('¦', '') },
    selection: EditorSelection.cursor(from + text.indexOf('¦')),
    annotations: pickedCompletion.of(completion),
    scrollIntoView: true,
    userEvent: 'input.complete',
  })
}
