// How long the text is, and how long it takes to read.
import { measureText } from '../../src/markdown/reading-time.ts'

export function describeLength(text: string): string {
  const { words, characters, minutes } = measureText(text)
  const parts = [
    ...(words > 0 || characters === 0 ? [`${words.toLocaleString('en')} ${words === 1 ? 'word' : 'words'}`] : []),
    ...(characters > 0 ? [`${characters.toLocaleString('en')} characters`] : []),
    ...(minutes > 0 ? [`${minutes} min to read`] : []),
  ]
  return parts.join(' · ')
}
