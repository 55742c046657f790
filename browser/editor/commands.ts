// What the buttons and the keys do to the text.
import { type ChangeSpec, EditorSelection, type EditorState, type StateCommand } from '@codemirror/state'
import type { KeyBinding } from '@codemirror/view'

/** Puts the marks around what is selected, or takes them away. */
function around(mark: string): StateCommand {
  return ({ state, dispatch }) => {
    const change = state.changeByRange((range) => {
      const size = mark.length
      const { from, to } = range.empty ? (state.wordAt(range.from) ?? range) : range
      const [before, after] = [state.sliceDoc(from - size, from), state.sliceDoc(to, to + size)]
      const inner = state.sliceDoc(from, to)
      if (before === mark && after === mark) {
        const changes = [
          { from: from - size, to: from },
          { from: to, to: to + size },
        ]
        return { changes, range: EditorSelection.range(range.anchor - size, range.head - size) }
      }
      if (inner.length > 2 * size && inner.startsWith(mark) && inner.endsWith(mark)) {
        const changes = [
          { from, to: from + size },
          { from: to - size, to },
        ]
        return { changes, range: EditorSelection.range(from, to - 2 * size) }
      }
      const changes = [
        { from, insert: mark },
        { from: to, insert: mark },
      ]
      return { changes, range: EditorSelection.range(range.anchor + size, range.head + size) }
    })
    dispatch(state.update(change, { scrollIntoView: true, userEvent: 'input' }))
    return true
  }
}

/** Puts the mark before each line that is selected, in the place of another one, or takes it away. */
function atLines(mark: string | ((index: number) => string), others: RegExp): StateCommand {
  return ({ state, dispatch }) => {
    const lines = selectedLines(state)
    const markOf = (index: number) => (typeof mark === 'string' ? mark : mark(index))
    const isOn = lines.every((line, index) => line.text.startsWith(markOf(index)))
    const changes: ChangeSpec[] = lines.map((line, index) => {
      const other = others.exec(line.text)?.[0].length ?? 0
      return { from: line.from, to: line.from + other, insert: isOn ? '' : markOf(index) }
    })
    dispatch(state.update({ changes, scrollIntoView: true, userEvent: 'input' }))
    return true
  }
}

function heading(level: number): StateCommand {
  return atLines(`${'#'.repeat(level)} `, /^#{1,6} +/)
}

/** A heading of the next lower rank, from none to the second, the third and back. */
export const nextHeading: StateCommand = (target) => {
  const [line] = selectedLines(target.state)
  const rank = /^(#{1,6}) /.exec(line?.text ?? '')?.[1]?.length ?? 0
  return rank === 0 ? heading(2)(target) : rank === 2 ? heading(3)(target) : heading(rank)(target)
}

const listMarks = /^([-*+] (\[[ x]\] )?|\d+[.)] )/
export const bold = around('**')
export const italic = around('*')
export const code = around('`')
export const bulletList = atLines('- ', listMarks)
export const numberedList = atLines((index) => `${index + 1}. `, listMarks)
export const quote = atLines('> ', /^> /)

/** `[words](address)`, with what is missing selected. */
export const link: StateCommand = ({ state, dispatch }) => {
  const change = state.changeByRange((range) => {
    const { from, to } = range.empty ? (state.wordAt(range.from) ?? range) : range
    const words = state.sliceDoc(from, to)
    if (/^https?:\/\/\S+$/.test(words)) {
      return { changes: { from, to, insert: `[](${words})` }, range: EditorSelection.cursor(from + 1) }
    }
    const insert = `[${words}](https://)`
    const at = words
      ? EditorSelection.range(from + words.length + 3, from + insert.length - 1)
      : EditorSelection.cursor(from + 1)
    return { changes: { from, to, insert }, range: at }
  })
  dispatch(state.update(change, { scrollIntoView: true, userEvent: 'input' }))
  return true
}

/** Enter in an empty item ends the list with an empty line: without one, what follows would belong to the item above. */
export const endList: StateCommand = ({ state, dispatch }) => {
  const { head, empty } = state.selection.main
  const line = state.doc.lineAt(head)
  if (!empty || head !== line.to || line.number === 1 || !/^([-*+]( \[[ x]\])?|\d+[.)]|>) *$/.test(line.text))
    return false
  if (state.doc.line(line.number - 1).text.trim() === '') return false
  const changes = { from: line.from, to: line.to, insert: state.lineBreak }
  dispatch(state.update({ changes, selection: { anchor: line.from + 1 }, scrollIntoView: true, userEvent: 'input' }))
  return true
}

export const shortcuts: KeyBinding[] = [
  { key: 'Mod-b', run: bold },
  { key: 'Mod-i', run: italic },
  { key: 'Mod-k', run: link },
  { key: 'Mod-e', run: code },
  { key: 'Mod-Alt-1', run: heading(1) },
  { key: 'Mod-Alt-2', run: heading(2) },
  { key: 'Mod-Alt-3', run: heading(3) },
  { key: 'Mod-Shift-7', run: numberedList },
  { key: 'Mod-Shift-8', run: bulletList },
  { key: 'Mod-Shift-9', run: quote },
]

function selectedLines(state: EditorState) {
  const { from, to } = state.selection.main
  const lines = []
  for (let at = from; ;) {
    const line = state.doc.lineAt(at)
    lines.push(line)
    if (line.to >= to) return lines
    at = line.to + 1
  }
}
