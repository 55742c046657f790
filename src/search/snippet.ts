// A few lines of a text around the words that were looked for. Pieces of text, never markup: the view escapes them.
import { fold, runsOf } from './words.ts'

export type Marking = {
  /** Folded words that are marked wherever they stand. */
  words: ReadonlySet<string>
  /** Folded runs of joined scripts. */
  joined: string[]
}
export type Piece = { text: string; isMarked: boolean }

const word = /[\p{L}\p{M}\p{N}]+/gu
const longest = 260
/** How much of it stands before the first word that is marked. */
const lead = 60
const mostCandidates = 200

/** Words that begin like one that is looked for, of which PostgreSQL says whether they are the same to its dictionaries. */
export function candidatesOf(texts: { text: string; config: string }[], wanted: string[]) {
  const beginnings = new Set(wanted.map((lexeme) => lexeme.slice(0, 3)))
  const lengths = [...new Set([...beginnings].map(({ length }) => length))]
  const found = new Map<string, { word: string; config: string }>()
  for (const { text, config } of texts) {
    for (const [written] of text.matchAll(word)) {
      const folded = fold(written)
      if (folded.length > 60 || !lengths.some((length) => beginnings.has(folded.slice(0, length)))) continue
      found.set(`${config} ${folded}`, { word: folded, config })
      if (found.size >= mostCandidates) return [...found.values()]
    }
  }
  return [...found.values()]
}

type Place = { from: number; to: number; what: string }

/** The whole text, with what is marked. */
export function mark(text: string, marking: Marking): Piece[] {
  return piecesOf(text, 0, text.length, placesOf(text, marking))
}

/** The part of a text with the most of what was looked for, cut between words. */
export function snippet(text: string, marking: Marking): Piece[] {
  const places = placesOf(text, marking)
  const first = densest(places)
  let from = first === undefined ? 0 : beginBefore(text, first.from)
  let to = endAfter(text, from)
  // What ends near the end of the text begins a little earlier.
  if (to === text.length && from > 0) from = beginAt(text, Math.max(0, text.length - longest))
  to = Math.max(to, from)
  const pieces = piecesOf(text, from, to, places)
  if (from > 0) pieces.unshift({ text: '… ', isMarked: false })
  if (to < text.length) pieces.push({ text: ' …', isMarked: false })
  return pieces
}

function placesOf(text: string, { words, joined }: Marking): Place[] {
  const places: Place[] = []
  for (const found of text.matchAll(word)) {
    const folded = fold(found[0])
    if (words.has(folded)) places.push({ from: found.index, to: found.index + found[0].length, what: folded })
    else if (joined.length > 0) places.push(...joinedPlaces(found[0], found.index, joined))
  }
  return places
}

/** Where runs that are looked for stand in a run of a joined script. Folding keeps the length of all that are common. */
function joinedPlaces(run: string, at: number, joined: string[]): Place[] {
  const folded = fold(run)
  if (folded.length !== run.length) return []
  const found = joined.flatMap((wanted) => {
    const places: Place[] = []
    for (let from = folded.indexOf(wanted); from >= 0; from = folded.indexOf(wanted, from + wanted.length))
      places.push({ from: at + from, to: at + from + wanted.length, what: wanted })
    return places
  })
  let end = 0
  return found
    .toSorted((a, b) => a.from - b.from || b.to - a.to)
    .filter((place) => {
      if (place.from < end) return false
      end = place.to
      return true
    })
}

/** The place after which the most different words follow within a snippet. */
function densest(places: Place[]): Place | undefined {
  let best: Place | undefined
  let most = 0
  for (const [index, place] of places.entries()) {
    const seen = new Set<string>()
    for (let next = index; next < places.length; next++) {
      const other = places[next]
      if (!other || other.to > place.from + longest - lead) break
      seen.add(other.what)
    }
    if (seen.size > most) [most, best] = [seen.size, place]
  }
  return best
}

function beginBefore(text: string, place: number): number {
  return place <= lead ? 0 : beginAt(text, place - lead, place)
}

/** The first beginning of a word from there on, or of a character where no word begins before `latest`. */
function beginAt(text: string, from: number, latest = from + lead): number {
  const space = text.indexOf(' ', from)
  return space >= 0 && space < latest ? space + 1 : startOfCharacter(text, from)
}

function endAfter(text: string, from: number): number {
  const to = from + longest
  if (to >= text.length) return text.length
  const space = text.lastIndexOf(' ', to)
  return space > from + longest / 2 ? space : startOfCharacter(text, to)
}

const segmenter = new Intl.Segmenter()

/** Where what looks like one character begins that this is a part of. */
function startOfCharacter(text: string, at: number): number {
  const near = Math.max(0, at - 40)
  const segment = segmenter.segment(text.slice(near, at + 40)).containing(at - near)
  return near + (segment?.index ?? at - near)
}

function piecesOf(text: string, from: number, to: number, places: Place[]): Piece[] {
  const pieces: Piece[] = []
  let at = from
  for (const place of places) {
    if (place.from < at || place.to > to) continue
    if (place.from > at) pieces.push({ text: text.slice(at, place.from), isMarked: false })
    pieces.push({ text: text.slice(place.from, place.to), isMarked: true })
    at = place.to
  }
  if (at < to) pieces.push({ text: text.slice(at, to), isMarked: false })
  return pieces
}

/** True where a text has something to be marked. */
export function hasMarks(pieces: Piece[]): boolean {
  return pieces.some(({ isMarked }) => isMarked)
}

/** The end of what is being typed, which is completed. */
export function lastWord(typed: string): { before: string; folded: string } | undefined {
  const found = /^(.*?)([\p{L}\p{M}]+)$/su.exec(typed)
  if (!found?.[2] || /[\w-]:"?$|-$/u.test(found[1] ?? '')) return undefined
  const folded = fold(found[2])
  return runsOf(folded).length === 1 ? { before: found[1] ?? '', folded } : undefined
}
