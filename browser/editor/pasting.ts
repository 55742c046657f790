// What comes from the clipboard or is dragged in: pictures are uploaded, formatted text becomes Markdown, an address over
// words makes them a link.
import { syntaxTree } from '@codemirror/language'
import { EditorSelection, type EditorState, type Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { isFormatted, markdownOf } from './markdown-of.ts'

type OnPictures = (view: EditorView, files: File[], at: number) => void

export function pasting(onPictures: OnPictures, isPlain: boolean): Extension {
  return EditorView.domEventHandlers({
    paste(event, view) {
      const data = event.clipboardData
      if (!data || isPlain) return false
      const html = data.getData('text/html')
      const text = data.getData('text/plain')
      const files = picturesOf(data)
      // Word and spreadsheets put a picture of the text beside the text.
      if (files.length > 0 && text.trim() === '') {
        onPictures(view, files, view.state.selection.main.from)
        return true
      }
      const isCode = isInCode(view.state)
      if (!isCode && isAddress(text) && (linkSelection(view, text.trim()) || completeAddress(view, text.trim())))
        return true
      if (isCode || html === '' || !isFormatted(html)) return false
      const markdown = markdownOf(html, location.origin)
      if (markdown === '') return false
      view.dispatch(view.state.replaceSelection(markdown), { userEvent: 'input.paste', scrollIntoView: true })
      return true
    },
    drop(event, view) {
      const files = event.dataTransfer ? picturesOf(event.dataTransfer) : []
      if (files.length === 0 || isPlain) return false
      const at = view.posAtCoords({ x: event.clientX, y: event.clientY }) ?? view.state.selection.main.from
      onPictures(view, files, at)
      return true
    },
  })
}

function picturesOf(data: DataTransfer): File[] {
  return [...data.files].filter(({ type }) => type.startsWith('image/'))
}

function isAddress(text: string): boolean {
  return /^(https?:\/\/|mailto:)\S+$/.test(text.trim())
}

/** Only over words of one line that are no link yet. */
function linkSelection(view: EditorView, address: string): boolean {
  const { from, to, empty } = view.state.selection.main
  const words = view.state.sliceDoc(from, to)
  if (empty || /[\n[\]]/.test(words) || /^(https?:\/\/|mailto:)/.test(words.trim()) || words.trim() === '') return false
  // A bracket in the address would end the link.
  const target = /[()<>]/.test(address) ? `<${address.replaceAll('<', '%3C').replaceAll('>', '%3E')}>` : address
  const insert = `[${words}](${target})`
  const selection = EditorSelection.cursor(from + insert.length)
  view.dispatch({ changes: { from, to, insert }, selection, userEvent: 'input.paste', scrollIntoView: true })
  return true
}

/** An address over the beginning of one that a command wrote. */
function completeAddress(view: EditorView, address: string): boolean {
  const { from, empty } = view.state.selection.main
  const begun = /(?:^|[\s(])(https?:\/\/)$/.exec(view.state.sliceDoc(Math.max(0, from - 9), from))?.[1]
  if (!empty || !begun) return false
  const changes = { from: from - begun.length, to: from, insert: address }
  const selection = EditorSelection.cursor(changes.from + address.length)
  view.dispatch({ changes, selection, userEvent: 'input.paste', scrollIntoView: true })
  return true
}

function isInCode(state: EditorState): boolean {
  for (let node = syntaxTree(state).resolveInner(state.selection.main.from, -1); ;) {
    if (/Code/.test(node.name)) return true
    if (!node.parent) return false
    node = node.parent
  }
}
