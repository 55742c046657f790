// What is a paragraph of its own: empty lines part it from the text around it.
import type { EditorState } from '@codemirror/state'

const pictureAtEnd = /!\[[^\]\n]*\]\([^()\n]*\)[ \t]*$/
const pictureAtStart = /^[ \t]*!\[/

/** The words with as many line breaks around them as they need in the place of `from` to `to`. */
export function apart(state: EditorState, words: string, from: number, to = from): string {
  const before = state.sliceDoc(Math.max(0, from - 1000), from)
  const after = state.sliceDoc(to, to + 1000)
  const breaks = (text: string) => text.split('\n').length - 1
  const above = before.trim() === '' ? 2 : breaks(/\s*$/.exec(before)?.[0] ?? '')
  const below = after.trim() === '' ? 2 : breaks(/^\s*/.exec(after)?.[0] ?? '')
  return '\n'.repeat(Math.max(0, 2 - above)) + words + '\n'.repeat(Math.max(0, 2 - below))
}

/** Two pictures in one paragraph have no captions; one among words stands where it was put. */
export function isBesidePicture(state: EditorState, at: number): boolean {
  const line = state.doc.lineAt(at)
  const [before, after] = [state.sliceDoc(line.from, at), state.sliceDoc(at, line.to)]
  const next = (step: number) => {
    const number = line.number + step
    return number >= 1 && number <= state.doc.lines ? state.doc.line(number).text : ''
  }
  const above = before.trim() === '' ? next(-1) : before
  const below = after.trim() === '' ? next(1) : after
  return pictureAtEnd.test(above) || pictureAtStart.test(below)
}
