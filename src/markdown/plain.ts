// Plain text to HTML. Every character is escaped, so there is nothing for sanitise() to take out; a test holds that.
import { escape } from '../html/jsx-runtime.ts'
import { excerptOfText } from './excerpt.ts'
import type { Rendered } from './render.ts'

/** Blank lines part paragraphs, line breaks stay. */
export function renderPlain(text: string): Rendered {
  const lines = text.trim()
  const paragraphs = piecesOf(lines).map((piece) =>
    escape(piece.includes('\r') ? piece.replace(/\r\n?/g, '\n') : piece).replace(/\n+/g, (breaks) =>
      breaks === '\n' ? '<br />\n' : '</p>\n<p>',
    ),
  )
  return { html: lines === '' ? '' : `<p>${paragraphs.join('')}</p>\n`, excerpt: excerptOfText(text) }
}

const pieceLength = 1_000_000

/** Millions of places to replace in one text take hundreds of megabytes at once. Cut where no line ends. */
function piecesOf(text: string): string[] {
  const pieces: string[] = []
  let from = 0
  for (let to = pieceLength; to < text.length; to++) {
    if (text[to] === '\n' || text[to] === '\r') continue
    pieces.push(text.slice(from, to))
    from = to
    to += pieceLength
  }
  return [...pieces, text.slice(from)]
}
