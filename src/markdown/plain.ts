// Plain text to HTML. Every character is escaped, so there is nothing for sanitise() to take out; a test holds that.
import { escape } from '../html/jsx-runtime.ts'
import { excerptOfText } from './excerpt.ts'
import type { Rendered } from './render.ts'

/** Blank lines part paragraphs, line breaks stay. */
export function renderPlain(text: string): Rendered {
  const lines = text.replace(/\r\n?/g, '\n').trim()
  const paragraphs = escape(lines).replace(/\n+/g, (breaks) => (breaks === '\n' ? '<br />\n' : '</p>\n<p>'))
  return { html: lines === '' ? '' : `<p>${paragraphs}</p>\n`, excerpt: excerptOfText(text) }
}
