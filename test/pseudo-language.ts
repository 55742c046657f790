// A language made on the fly: English in full-width letters, so that a text that is not from the catalogue stands out.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { pathToFileURL } from 'node:url'
import { Parser } from 'htmlparser2'
import { IntlMessageFormat } from 'intl-messageformat'
import { english } from '../src/texts/english.ts'
import { speak } from '../src/texts/texts.ts'

type Part = ReturnType<IntlMessageFormat['getAst']>[number]

/** From now on every message of the catalogue is in full-width letters; what is filled in stays as it is. */
export function speakPseudo(): void {
  speak(language, pathToFileURL(`${folder}/`))
}

// English plurals; no language has this name.
const language = 'en-XA'
// TYPE.literal of the parser, which is an enum in a package of its own.
const literal = 0
// Before any test runs: what ends with the file, and not with the test that asked first.
const folder = writeCatalogue()

function writeCatalogue(): string {
  const made = mkdtempSync(join(tmpdir(), 'bloggy-pseudo-'))
  after(() => rmSync(made, { recursive: true, force: true }))
  mkdirSync(join(made, language))
  for (const [file, texts] of Object.entries(english)) {
    const wide = Object.entries(texts).map(([name, source]) => [name, widened(source)])
    writeFileSync(join(made, language, `${file}.json`), JSON.stringify(Object.fromEntries(wide)))
  }
  return made
}

/** The message with its literal parts in full-width letters: names of values and of tags, and forms, are not touched. */
export function widened(source: string): string {
  const ast = new IntlMessageFormat(source, 'en', undefined, { captureLocation: true }).getAst()
  const letters = source.split('')
  for (const [start, end] of ast.flatMap(literalsOf))
    for (let at = start; at < end; at++) letters[at] = wide(letters[at] ?? '')
  return letters.join('')
}

function literalsOf(part: Part): [number, number][] {
  if ('options' in part) return Object.values(part.options).flatMap(({ value }) => value.flatMap(literalsOf))
  if ('children' in part) return part.children.flatMap(literalsOf)
  return part.type === literal && part.location ? [[part.location.start.offset, part.location.end.offset]] : []
}

function wide(letter: string): string {
  return /[A-Za-z]/.test(letter) ? String.fromCharCode(letter.charCodeAt(0) + 0xfee0) : letter
}

/** What is shown of a page, spoken, or told by a search engine, in pieces. */
export function shownIn(html: string): string[] {
  const found: string[] = []
  const around: string[] = []
  const parser = new Parser({
    onopentag: (name, attributes) => {
      around.push(name)
      for (const shown of ['aria-label', 'aria-description', 'alt', 'title', 'placeholder', 'label'])
        if (attributes[shown]) found.push(attributes[shown])
      if (name === 'meta' && spoken.has(attributes.name ?? attributes.property ?? ''))
        found.push(attributes.content ?? '')
      if (name === 'input' && ['submit', 'button', 'reset'].includes(attributes.type ?? ''))
        found.push(attributes.value ?? '')
    },
    onclosetag: () => void around.pop(),
    ontext: (text) => {
      if (!around.some((name) => unseen.has(name)) && text.trim() !== '') found.push(text.trim())
    },
  })
  parser.end(html)
  return found
}
const spoken = new Set(['description', 'og:title', 'og:description', 'og:site_name', 'og:image:alt'])
/** What is typed by somebody is his, and what programs note or take is in their own words. */
const unseen = new Set(['script', 'style', 'textarea', 'samp', 'code'])

/** The words of it that are neither from the catalogue nor from a blog that writes no Latin letters. */
export function latinIn(text: string, known: RegExp[]): string {
  const rest = known.reduce((left, words) => left.replaceAll(words, ' '), text)
  return /\p{Script=Latin}/u.test(rest.replaceAll(/[Ａ-Ｚａ-ｚ]/g, '')) ? text : ''
}
