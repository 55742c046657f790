// What happens to a comment that comes: it is shown, waits to be looked at, or goes to the spam.
import type { Settings } from '../settings/queries.ts'

export type Held = 'first' | 'every' | 'words' | 'links' | 'blocked' | 'trap' | 'fast' | 'unconfirmed' | 'asked'
export type Verdict = { state: 'approved' | 'waiting' | 'spam'; held_for: Held | null }
export type Rules = Pick<
  Settings,
  'comments_wait' | 'comment_links_wait' | 'comment_words_wait' | 'comment_words_spam' | 'spam_check_address'
>

export type Coming = {
  body: string
  /** Moderators, and those who wrote the post. */
  isTrusted: boolean
  /** An earlier comment of this person is shown. */
  isKnown: boolean
  /** What the form gave away about who filled it in. */
  signs?: 'trap' | 'fast' | undefined
}

const shown: Verdict = { state: 'approved', held_for: null }

/** The strictest rule that applies. */
export function verdictOn(rules: Rules, { body, isTrusted, isKnown, signs }: Coming): Verdict {
  if (isTrusted) return shown
  if (signs === 'trap') return { state: 'spam', held_for: 'trap' }
  if (hasWord(body, rules.comment_words_spam)) return { state: 'spam', held_for: 'blocked' }
  if (hasWord(body, rules.comment_words_wait)) return { state: 'waiting', held_for: 'words' }
  if (rules.comment_links_wait > 0 && linksIn(body, rules.comment_links_wait) >= rules.comment_links_wait)
    return { state: 'waiting', held_for: 'links' }
  if (rules.comments_wait === 'every') return { state: 'waiting', held_for: 'every' }
  if (rules.comments_wait === 'first' && !isKnown) return { state: 'waiting', held_for: 'first' }
  if (signs === 'fast' && !isKnown) return { state: 'waiting', held_for: 'fast' }
  // Shown as soon as the service says that it is none.
  if (rules.spam_check_address !== '' && !isKnown) return { state: 'waiting', held_for: 'asked' }
  return shown
}

const mostWords = 500
const longestWord = 100

/** One a line: a word or several, with `*` at the end for any ending. */
function wordsOf(list: string): string[] {
  return list
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
}

/** What is wrong with the list, in a word. */
export function wordsError(list: string): 'tooMany' | 'tooLong' | 'nothing' | undefined {
  const words = wordsOf(list)
  if (words.length > mostWords) return 'tooMany'
  if (words.some((word) => word.length > longestWord)) return 'tooLong'
  // What is left of "*" or "…" is in every text.
  if (words.some((word) => partsOf(word.replace(/\*$/, '')) === ' ')) return 'nothing'
  return undefined
}

/** Whole words, whatever their case, accents and the signs between them; no part of a list is a pattern. */
function hasWord(body: string, list: string): boolean {
  const words = wordsOf(list)
  if (words.length === 0) return false
  const said = partsOf(body)
  return words.some((word) => {
    const isBeginning = word.endsWith('*')
    const wanted = partsOf(isBeginning ? word.slice(0, -1) : word)
    if (wanted === ' ') return false
    // Writings without blanks have no ends of words to look for.
    if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(word))
      return said.includes(wanted.trim())
    return said.includes(isBeginning ? wanted.trimEnd() : wanted)
  })
}

/** Words between single blanks, with one at both ends. */
function partsOf(text: string): string {
  const folded = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\p{Mark}\u200b-\u200f\u2060-\u2064\ufeff\u00ad]/gu, '')
  return ` ${folded.replace(/[^\p{Letter}\p{Number}]+/gu, ' ').trim()} `.replace(/^ {2}$/, ' ')
}

/** Counted as far as it matters. */
function linksIn(body: string, most: number): number {
  let count = 0
  for (const _ of body.matchAll(/https?:\/\/|\bwww\./gi)) if (++count >= most) break
  return count
}
