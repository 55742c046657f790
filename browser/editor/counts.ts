// How long the text is, and how long it takes to read.
import { measureText } from '../../src/markdown/reading-time.ts'
import { counted, words as said } from './words.ts'

export function describeLength(text: string): string {
  const { words, characters, minutes } = measureText(text)
  const parts = [
    ...(words > 0 || characters === 0 ? [counted(said.countWords, words)] : []),
    ...(characters > 0 ? [counted(said.countCharacters, characters)] : []),
    ...(minutes > 0 ? [counted(said.countMinutes, minutes)] : []),
  ]
  return parts.join(' · ')
}
