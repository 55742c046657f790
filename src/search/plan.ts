// From terms and what PostgreSQL's dictionaries made of them to one query of the kind `tsquery`. Its parts are written by
// PostgreSQL itself, so nothing that was typed is read as an operator.
import type { Asked, Term } from './query.ts'

/** What one dictionary made of one term; empty where it leaves the term out. */
export type Lexemes = { term: number; config: string; lexemes: string }

/** The terms in the order in which they are numbered. */
export function listTerms({ groups }: Asked): Term[] {
  return groups.flat()
}

export type Marks = {
  tags: { ids: number[]; isNegative: boolean }[]
  authors: { ids: number[]; isNegative: boolean }[]
}

/** Undefined where nothing is left that could be looked for. */
export function tsqueryOf(asked: Asked, found: Lexemes[], marks: Marks): string | undefined {
  let number = 0
  const groups = asked.groups.map((group) => {
    const terms = group.map((term) => ({ term, ...alternatives(term, found, number++) }))
    return {
      text: terms.flatMap(({ text }) => text ?? []),
      isNegative: group[0]?.isNegative === true,
      isOptional: terms.some(({ isOptional }) => isOptional),
    }
  })
  const named = [...marksOf('#t', marks.tags), ...marksOf('#a', marks.authors)]
  const usable = groups.filter(({ text }) => text.length > 0)
  // Words that a dictionary leaves out, such as "the", are asked for only where there is nothing else.
  const required = usable.filter(({ isOptional }) => !isOptional)
  const positive = required.some(({ isNegative }) => !isNegative) || named.length > 0
  const kept = positive ? required : usable
  const all = [...kept.map(({ text, isNegative }) => `${isNegative ? '!' : ''}(${text.join(' | ')})`), ...named]
  return all.length === 0 ? undefined : all.join(' & ')
}

function alternatives(term: Term, found: Lexemes[], number: number): { text: string | undefined; isOptional: boolean } {
  if (term.isPrefix) return { text: `'${term.words}':*`, isOptional: false }
  const own = found.filter((one) => one.term === number)
  const texts = [...new Set(own.map(({ lexemes }) => lexemes).filter(Boolean))]
  return {
    text: texts.length === 0 ? undefined : texts.map((one) => `(${one})`).join(' | '),
    isOptional: own.some(({ lexemes }) => lexemes === ''),
  }
}

/** The number of somebody or something that is not here finds nothing. */
function marksOf(mark: string, named: { ids: number[]; isNegative: boolean }[]): string[] {
  return named.map(({ ids, isNegative }) => {
    const any = (ids.length > 0 ? ids : [0]).map((id) => `'${mark} ${id}'`)
    return `${isNegative ? '!' : ''}(${any.join(' | ')})`
  })
}

/** What is marked in texts: the lexemes of terms that are wanted. */
export function wantedOf(asked: Asked, found: Lexemes[]): string[] {
  const wanted = listTerms(asked).flatMap(({ isNegative }, term) => {
    if (isNegative) return []
    return found.filter((one) => one.term === term).flatMap(({ lexemes }) => lexemes.match(/'(?:[^']|'')*'/g) ?? [])
  })
  return [...new Set(wanted.map((quoted) => quoted.slice(1, -1).replaceAll("''", "'")))]
}
