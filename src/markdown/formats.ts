// A post's text in the format it was written in.
import { renderPlain } from './plain.ts'
import type { Rendered } from './render.ts'
import { renderSafely } from './renderer.ts'

/** As renderSafely(). Plain text shows every character as it is; whatever else is Markdown. */
export async function renderIn(format: string, text: string): Promise<Rendered> {
  return format === 'plain' ? renderPlain(text) : await renderSafely(text)
}
