// A post's text in the format it was written in.
import type { Turn } from '../threads/line.ts'
import { renderPlain } from './plain.ts'
import type { Rendered } from './render.ts'
import { renderSafely } from './renderer.ts'
import type { Surroundings } from './surroundings.ts'

/** As renderSafely(). Plain text shows every character as it is; whatever else is Markdown. */
export async function renderIn(
  format: string,
  text: string,
  surroundings: Surroundings,
  turn: Turn,
): Promise<Rendered> {
  return format === 'plain' ? renderPlain(text) : await renderSafely(text, { surroundings, turn })
}
