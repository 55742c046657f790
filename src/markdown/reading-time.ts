// How long a text is and how long it takes to read: for the editor, which bundles this file, and for readers.

// Most people read this many words of prose in a minute, and this many characters where words have no blanks between.
const wordsInMinute = 220
const charactersInMinute = 500

const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu
const word = /[\p{L}\p{N}]+(?:[’'.,-][\p{L}\p{N}]+)*/gu
const beginsUnspaced = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u

/** Characters are those of scripts without blanks, which are in no word. No minutes for no text. */
export function measureText(text: string): { words: number; characters: number; minutes: number } {
  const said = wordsAlone(text)
  let characters = 0
  let words = 0
  for (const _ of said.matchAll(unspaced)) characters++
  for (const [found] of said.matchAll(word)) if (!beginsUnspaced.test(found)) words++
  return { words, characters, minutes: Math.ceil(words / wordsInMinute + characters / charactersInMinute) }
}

/** Of Markdown what is read: the words of links, and no addresses. Bounded, so that brackets by the thousand take no time. */
export function wordsAlone(text: string): string {
  return text.replace(/!?\[([^[\]]{0,2000})\]\([^()]{0,2000}\)/g, '$1').replace(/https?:\/\/\S+/g, ' ')
}
