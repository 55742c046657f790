// How long the text is, and how long it takes to read.

// Most people read this many words of prose in a minute, and this many characters where words have no blanks between.
const wordsInMinute = 220
const charactersInMinute = 500

export function describeLength(text: string): string {
  const without = text.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/https?:\/\/\S+/g, ' ')
  const characters =
    without.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu)?.length ?? 0
  const words =
    without.match(/[\p{L}\p{N}]+(?:[’'.,-][\p{L}\p{N}]+)*/gu)?.filter((word) => !isUnspaced(word)).length ?? 0
  const minutes = Math.ceil(words / wordsInMinute + characters / charactersInMinute)
  const parts = [
    ...(words > 0 || characters === 0 ? [`${words.toLocaleString('en')} ${words === 1 ? 'word' : 'words'}`] : []),
    ...(characters > 0 ? [`${characters.toLocaleString('en')} characters`] : []),
    ...(minutes > 0 ? [`${minutes} min to read`] : []),
  ]
  return parts.join(' · ')
}

function isUnspaced(word: string): boolean {
  return /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(word)
}
