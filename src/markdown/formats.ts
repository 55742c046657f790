// A text in the format it was written in.
import type { Turn } from '../threads/line.ts'
import { renderPlain } from './plain.ts'
import type { Rendered } from './render.ts'
import { renderSafely } from './renderer.ts'
import type { Surroundings } from './surroundings.ts'

/** As renderSafely(). Plain text shows every character as it is; `comment` is the Markdown of readers, whatever else that of writers. */
export async function renderIn(
  format: string,
  text: string,
  surroundings: Surroundings,
  turn: Turn,
): Promise<Rendered> {
  if (format === 'plain') return renderPlain(text)
  return await renderSafely(text, { surroundings, turn, isComment: format === 'comment' })
}
