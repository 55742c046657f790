// Which font has the letters of a text.
import { type Face, type Family, type Weight, east, european, faceFor, scripts } from './font-files.ts'

const { sc, tc, jp, kr } = east
const ways: { language: RegExp; letters?: RegExp; order: Family[] }[] = [
  { language: /^zh-(hant|tw|hk|mo)\b/i, order: [tc, sc, jp, kr] },
  { language: /^zh\b/i, order: [sc, tc, jp, kr] },
  { language: /^ja\b/i, letters: /[\p{Script=Hiragana}\p{Script=Katakana}]/u, order: [jp, sc, tc, kr] },
  { language: /^ko\b/i, letters: /\p{Script=Hangul}/u, order: [kr, sc, tc, jp] },
]
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** The text in pieces that must not be taken apart. */
export function lettersOf(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment)
}

/** The fonts in the order they are asked: which Chinese signs are meant is told by the language, or by their neighbours. */
export function familiesFor(language: string, text: string): Family[] {
  const found = ways.find((way) => way.language.test(language)) ?? ways.find((way) => way.letters?.test(text))
  return [european, ...scripts, ...(found?.order ?? [sc, tc, jp, kr])]
}

/** On one line, without the little pictures that no font has; undefined when something else has no shape, or nothing is left. */
export async function drawable(text: string, families: Family[]): Promise<string | undefined> {
  let bare = text.toWellFormed().replace(unseen, '')
  for (const sign of new Set(bare.match(signs)))
    if (!(await faceOf(sign, 700, families))) bare = bare.replaceAll(sign, '')
  bare = bare.replace(lonelyJoiners, '').replace(/\s+/g, ' ').trim()
  const faces = await facesFor(lettersOf(bare), 700, families)
  return bare !== '' && faces.every(Boolean) ? bare : undefined
}

/** The font of each letter; undefined where none has it. */
export async function facesFor(letters: string[], weight: Weight, families: Family[]): Promise<(Face | undefined)[]> {
  const faces: (Face | undefined)[] = []
  for (const letter of letters) faces.push(isOfNoScript(letter) ? undefined : await faceOf(letter, weight, families))
  // Signs, digits and blanks are written as their neighbours are: in Chinese a comma takes as much room as a letter.
  for (const [index, letter] of letters.entries()) {
    if (!isOfNoScript(letter)) continue
    const before = faces.slice(0, index).findLast(Boolean)
    const behind = faces.slice(index + 1).find(Boolean)
    const around = opening.test(letter) ? [behind, before] : [before, behind]
    const first = around.flatMap((face) => (face ? [face.family] : []))
    faces[index] = await faceOf(letter, weight, [...first, ...families])
  }
  return faces
}

async function faceOf(letter: string, weight: Weight, families: Family[]): Promise<Face | undefined> {
  const codes = Array.from(letter.replace(joiners, ''), (character) => character.codePointAt(0) ?? 0)
  for (const family of families) {
    if (family === european && !europeanLetters.test(letter)) continue
    const face = await faceFor(family, codes, weight)
    if (face) return face
  }
  return undefined
}

function isOfNoScript(letter: string): boolean {
  return noScript.test(letter)
}

const noScript = /^[\p{Script=Common}\p{Script=Inherited}]+$/u
const europeanLetters = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Common}\p{Script=Inherited}]/u
const opening = /^[\p{Open_Punctuation}\p{Initial_Punctuation}]/u
const signs = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u20e3]/gu
// In Persian, Hindi and others these two decide how letters stand together; everywhere else they do nothing.
const joiners = /[\u200c\u200d]/g
const lonelyJoiners = /(?<![\p{Letter}\p{Mark}])[\u200c\u200d]+/gu
const unseen = /(?![\u200c\u200d])\p{Default_Ignorable_Code_Point}/gu
