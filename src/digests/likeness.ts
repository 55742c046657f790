// How alike texts are, by the words they share: a word that few of the texts have says much, one that all have nothing.
// So no list of stop words is needed, in any language.
import { wordsAlone } from '../markdown/reading-time.ts'

export type Candidate = { id: number; title: string; text: string; tag_weight: number }

// Less than this two texts have in common by chance.
const leastLikeness = 0.12
// A title says in few words what the text says in many.
const titleWeight = 3

/** The most alike first; what shares neither a tag nor enough words is left out. */
export function rankByLikeness(own: { title: string; text: string }, candidates: Candidate[], most: number): number[] {
  const ownTerms = termsOf(own)
  const terms = candidates.map(termsOf)
  const spread = new Map<string, number>()
  for (const found of [ownTerms, ...terms])
    for (const term of found.keys()) spread.set(term, (spread.get(term) ?? 0) + 1)
  const rarity = (term: string) => Math.log((candidates.length + 1) / (spread.get(term) ?? 1))
  const weights = (counts: Map<string, number>) =>
    new Map([...counts].map(([term, count]) => [term, (1 + Math.log(count)) * rarity(term)] as const))
  const ours = weights(ownTerms)
  return candidates
    .map(({ id, tag_weight }, index) => ({ id, tag_weight, words: cosine(ours, weights(terms[index] ?? new Map())) }))
    .filter(({ tag_weight, words }) => tag_weight > 0 || words >= leastLikeness)
    .toSorted((a, b) => b.tag_weight + 2 * b.words - a.tag_weight - 2 * a.words || b.id - a.id)
    .slice(0, most)
    .map(({ id }) => id)
}

function termsOf({ title, text }: { title: string; text: string }): Map<string, number> {
  const counts = new Map<string, number>()
  const add = (from: string, weight: number) => {
    for (const [run] of from
      .normalize('NFKC')
      .toLowerCase()
      .matchAll(/[\p{L}\p{M}\p{N}]+/gu)) {
      // Where words have no blanks between, two characters are the least that means something.
      const found = unspaced.test(run) ? pairsOf(run) : [run]
      for (const term of found) if (term.length > 1) counts.set(term, (counts.get(term) ?? 0) + weight)
    }
  }
  add(title, titleWeight)
  add(wordsAlone(text), 1)
  return counts
}

const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u

function pairsOf(run: string): string[] {
  const characters = Array.from(run)
  return characters.slice(1).map((character, index) => `${characters[index]}${character}`)
}

function cosine(a: Map<string, number>, b: Map<string, number>): number {
  let product = 0
  for (const [term, weight] of a) product += weight * (b.get(term) ?? 0)
  const length = Math.sqrt(squares(a) * squares(b))
  return length === 0 ? 0 : product / length
}

function squares(weights: Map<string, number>): number {
  let sum = 0
  for (const weight of weights.values()) sum += weight * weight
  return sum
}
