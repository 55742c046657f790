// A text as the words that are compared. What is indexed and what is looked for go the same way, so PostgreSQL is given
// nothing but plain words, and no rule of its parser about addresses, numbers or hyphens matters.

// Scripts that put no blanks between words, and Korean, whose words carry their endings: pairs of characters stand for words.
const joined = String.raw`[[\p{L}\p{M}\p{N}]&&[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Bopomofo}\p{scx=Hangul}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]&&[^0-9a-z]]`
const runs = new RegExp(String.raw`(${joined}+)|([[\p{L}\p{M}\p{N}]--${joined}]+)`, 'gv')
const joinedRun = new RegExp(`^${joined}+$`, 'v')
// eslint-disable-next-line no-control-regex
const ascii = /^[\u0000-\u007f]*$/
const marked = /(?<=[\p{sc=Latin}\p{sc=Greek}\p{sc=Arabic}\p{sc=Hebrew}])\p{M}+/gu
const alike: Record<string, string> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ı: 'i', ё: 'е' }
const someAlike = new RegExp(`[${Object.keys(alike).join('')}]`, 'g')

/** Small letters without accents: café and Cafe are one. */
export function fold(text: string): string {
  if (ascii.test(text)) return text.toLowerCase()
  const bare = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(someAlike, (letter) => alike[letter] ?? letter)
  return bare.normalize('NFD').replace(marked, '').normalize('NFC')
}

export type Run = { text: string; isJoined: boolean }

/** The words of a folded text; of Chinese and the like, what stands without a blank. */
export function runsOf(folded: string): Run[] {
  return Array.from(folded.matchAll(runs), ([text, joined]) => ({ text, isJoined: joined !== undefined }))
}

export function isJoined(word: string): boolean {
  return joinedRun.test(word)
}

/** What PostgreSQL is given to index: words with a blank between. */
export function indexable(text: string): string {
  return runsOf(fold(text))
    .map((run) => (run.isJoined ? [...pairsOf(run.text), nameOf(Array.from(run.text).slice(-1))].join(' ') : run.text))
    .join(' ')
}

/** 東京都 is 東京 and 京都, each written as letters and digits, so that PostgreSQL takes it for a word in any locale. */
export function pairsOf(run: string): string[] {
  const characters = Array.from(run)
  return characters.slice(1).map((character, index) => nameOf([characters[index] ?? '', character]))
}

export function nameOf(characters: string[]): string {
  return characters.map((character) => `x${character.codePointAt(0)?.toString(16)}`).join('')
}

const wordLike = /[\p{L}\p{M}]+/gu
const mostOfText = 1000

/** Words worth proposing, as they are written, by their folded form: no numbers, none too short, none of joined scripts. */
export function vocabularyOf(texts: string[]): Map<string, string> {
  const words = new Map<string, string>()
  for (const text of texts) {
    for (const [found] of text.matchAll(wordLike)) {
      if (words.size >= mostOfText) return words
      if (found.length < 3 || found.length > 40) continue
      const folded = fold(found)
      if (!words.has(folded) && !runsOf(folded).some((run) => run.isJoined)) words.set(folded, found.toLowerCase())
    }
  }
  return words
}
