// What somebody typed, taken apart. Everything that can be typed means something; at worst it is looked for as words.
import { fold, isJoined, nameOf, pairsOf, runsOf } from './words.ts'

export const mostCharacters = 200
const mostTerms = 12
const mostNames = 4

/** Words that stand together. `prefix` is asked for as the beginning of a word. */
export type Term = { words: string; isPrefix: boolean; isNegative: boolean }
/** Each group is there; of a group, one term is enough. */
export type Asked = {
  groups: Term[][]
  tags: Named[]
  authors: Named[]
  /** The first moment, and the first that is too late, as PostgreSQL reads dates. */
  from: string | undefined
  to: string | undefined
  /** What of it could not be taken, for a sentence above the results. */
  problems: Problem[]
  /** Words as they were typed that may be misspelt, folded. */
  words: { typed: string; folded: string }[]
  /** What is marked in texts of joined scripts, folded. */
  joined: string[]
}
export type Named = { name: string; isNegative: boolean }
export type Problem = 'tooLong' | 'tooMany' | 'badDate'

/** A term, with its sign and its field before it. */
const part = /(-?)(?:(tag|author|after|before):)?(?:"([^"]*)"?|([^\s"]+))/giu

export function parse(typed: string): Asked {
  const asked: Asked = {
    groups: [],
    tags: [],
    authors: [],
    from: undefined,
    to: undefined,
    problems: [],
    words: [],
    joined: [],
  }
  const text = straightQuotes(typed)
  // Nobody types this much; whoever sends it is told, and nothing is looked for.
  if (Array.from(text.slice(0, mostCharacters * 2 + 1)).length > mostCharacters) {
    asked.problems.push('tooLong')
    return asked
  }
  let isOr = false
  let count = 0
  for (const [, sign, field, quoted, plain] of text.matchAll(part)) {
    const isNegative = sign === '-'
    const value = quoted ?? plain ?? ''
    if (!field && quoted === undefined && !isNegative && /^(or|\|)$/i.test(value)) {
      isOr = asked.groups.length > 0
      continue
    }
    if (field && addField(asked, field.toLowerCase(), value, isNegative)) {
      isOr = false
      continue
    }
    for (const term of termsOf(field ? `${field} ${value}` : value, isNegative, quoted !== undefined)) {
      if (++count > mostTerms) break
      const last = asked.groups.at(-1)
      if (isOr && last && !isNegative && !last.some((one) => one.isNegative)) last.push(term)
      else asked.groups.push([term])
      isOr = false
    }
    if (isNegative) continue
    const folded = fold(value)
    if (quoted === undefined && /^[\p{L}\p{M}]{3,40}$/u.test(folded) && !isJoined(folded))
      asked.words.push({ typed: value, folded })
    for (const run of runsOf(folded)) if (run.isJoined) asked.joined.push(run.text)
  }
  if (count > mostTerms) asked.problems.push('tooMany')
  return asked
}

/** True when there is nothing to look for. */
export function isEmpty({ groups, tags, authors, from, to }: Asked): boolean {
  return groups.length === 0 && tags.length === 0 && authors.length === 0 && from === undefined && to === undefined
}

function straightQuotes(text: string): string {
  return text.replace(/[“”„«»]/gu, '"')
}

/** False where it is no field but a word with a colon. */
function addField(asked: Asked, field: string, value: string, isNegative: boolean): boolean {
  if (value.trim() === '') return true
  if (field === 'tag' || field === 'author') {
    const list = field === 'tag' ? asked.tags : asked.authors
    if (list.length < mostNames) list.push({ name: value.trim(), isNegative })
    else asked.problems.push('tooMany')
    return true
  }
  const day = dayOf(value)
  if (!day) {
    if (!asked.problems.includes('badDate')) asked.problems.push('badDate')
    return true
  }
  // What is not after a day is before the next one.
  const isAfter = (field === 'after') !== isNegative
  if (isAfter) asked.from = field === 'after' ? day.end : day.start
  else asked.to = field === 'before' ? day.start : day.end
  return true
}

/** 2024, 2024-05 or 2024-05-17: when that begins, and when what follows it does. */
function dayOf(text: string): { start: string; end: string } | undefined {
  const match = /^(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?$/.exec(text.trim())
  if (!match) return undefined
  const [year, month, day] = match.slice(1).map((digits) => (digits === undefined ? undefined : Number(digits)))
  if (!year || year < 1 || month === 0 || day === 0) return undefined
  const at = (y: number, m: number, d: number) => {
    const date = new Date(0)
    date.setUTCFullYear(y, m - 1, d)
    return date
  }
  const start = at(year, month ?? 1, day ?? 1)
  if (start.getUTCMonth() + 1 !== (month ?? 1) || start.getUTCDate() !== (day ?? 1)) return undefined
  const end = day ? at(year, month ?? 1, day + 1) : month ? at(year, month + 1, 1) : at(year + 1, 1, 1)
  return { start: iso(start), end: iso(end) }
}

function iso(date: Date): string {
  return date.getUTCFullYear() > 9999 ? 'infinity' : date.toISOString().slice(0, 10)
}

/** Words that stand together without a blank, such as node.js, are a phrase; each run of a joined script is one, too. */
function termsOf(value: string, isNegative: boolean, isQuoted: boolean): Term[] {
  const terms: Term[] = []
  let spaced: string[] = []
  const end = () => {
    if (spaced.length > 0) terms.push({ words: spaced.join(' '), isPrefix: false, isNegative })
    spaced = []
  }
  for (const { text, isJoined } of runsOf(fold(value))) {
    if (!isJoined) {
      spaced.push(text)
      continue
    }
    end()
    const pairs = pairsOf(text)
    // One character is the beginning of a pair.
    terms.push(
      pairs.length > 0
        ? { words: pairs.join(' '), isPrefix: false, isNegative }
        : { words: nameOf([text]), isPrefix: true, isNegative },
    )
  }
  end()
  return isQuoted ? terms.slice(0, mostTerms) : terms
}
