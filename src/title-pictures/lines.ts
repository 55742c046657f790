// Where the lines of a title end.
import { lettersOf } from './letters.ts'
import { type Writing, widthOf } from './writing.ts'

export type Line = { from: number; to: number }

/** Lines of at most this width, in sizes. */
export function linesOf(writing: Writing, room: number): Line[] {
  const lines: Line[] = []
  let line: Line | undefined
  for (const piece of piecesOf(writing)) {
    if (line && widthOf(writing, line.from, piece.to) <= room) {
      line.to = piece.to
      continue
    }
    if (line) lines.push(line)
    line = piece
    // A word that is wider than the picture goes on in the next line.
    while (widthOf(writing, line.from, line.to) > room) {
      const to = furthest(writing, line, room)
      lines.push({ from: line.from, to })
      line = { from: to, to: line.to }
    }
  }
  return line ? [...lines, line] : lines
}

/** What stays together: words, and where these have no blanks between them, what the language takes for one. */
function piecesOf({ text, language }: Writing): Line[] {
  const pieces: Line[] = []
  for (const { index, 0: word } of text.matchAll(/[^ ]+/g)) {
    let from = index
    for (const { index: at } of unspaced.test(word) ? segmenter(language).segment(word) : []) {
      const to = index + at
      if (to === from || !mayBreak(text, to)) continue
      pieces.push({ from, to })
      from = to
    }
    pieces.push({ from, to: index + word.length })
  }
  return pieces
}

/** Next to a letter of a script without blanks; no line begins with a comma or ends with an opening bracket. */
function mayBreak(text: string, at: number): boolean {
  const [before = '', behind = ''] = [
    lettersOf(text.slice(Math.max(0, at - 8), at)).at(-1),
    lettersOf(text.slice(at, at + 8))[0],
  ]
  return unspaced.test(before + behind) && !opens.test(before) && !closes.test(behind)
}

/** At least one letter. */
function furthest(writing: Writing, { from, to }: Line, room: number): number {
  let [end, good] = [from, from]
  for (const letter of lettersOf(writing.text.slice(from, to))) {
    if (end > from && !closes.test(letter)) good = end
    if (end > from && widthOf(writing, from, end + letter.length) > room) break
    end += letter.length
  }
  // A line that would begin with a comma takes a letter before it along.
  return good > from ? good : end
}

function segmenter(language: string): Intl.Segmenter {
  return new Intl.Segmenter(language === '' ? 'und' : language, { granularity: 'word' })
}

const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\u3001-\u301f\uff01-\uff65]/u
const opens = /^[\p{Open_Punctuation}\p{Initial_Punctuation}]/u
const closes =
  /^[\p{Close_Punctuation}\p{Final_Punctuation}\p{Other_Punctuation}\p{Dash_Punctuation}ーゝゞヽヾ々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶๆฯ]/u
