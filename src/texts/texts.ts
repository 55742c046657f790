// Every text that a person reads, in the blog's language. A text is a message of ICU, as translators' tools know it:
// https://unicode-org.github.io/icu/userguide/format_parse/messages/
import { readFileSync, readdirSync } from 'node:fs'
import { IntlMessageFormat } from 'intl-messageformat'
import { inLanguage } from '../html/direction.ts'
import { Fragment, Html } from '../html/jsx-runtime.ts'
import { type TextKey, english } from './english.ts'

type Value = string | number | Date
type Values = Record<string, Value>
/** What stands between `<name>` and `</name>` comes in; what is shown in its place goes out. */
type Part = Html | ((inside: Html) => Html)
type Message = string | IntlMessageFormat
/** Taken apart when it is first said; most are never said between two starts. */
type Unread = { source: string; language: string }
type Catalogue = Map<string, Message | Unread>

// TYPE.literal of the parser, which is an enum in a package of its own.
const literal = 0
const ours = new URL('.', import.meta.url)
let spokenLanguage = 'en'
let spoken = readCatalogue('en', ours)

/** Languages that there are texts in; English is always one. */
export function languages(folder: URL = ours): string[] {
  const found = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return found.map(({ name }) => name).toSorted()
}

/** From now on, everywhere in the process. With no texts in `pt-BR`, those in `pt` are taken, or else the English ones. */
export function speak(language: string, folder: URL = ours): void {
  const known = languages(folder)
  const found = [language, language.split('-')[0] ?? ''].find((name) => known.includes(name))
  spokenLanguage = found ?? 'en'
  spoken = readCatalogue(spokenLanguage, folder)
}

/** What an element says whose text is from here; nothing where what is around it is in that language. */
export function spokenIn(around: string): ReturnType<typeof inLanguage> {
  const [texts, words] = [spokenLanguage, around].map((language) => language.split('-')[0]?.toLowerCase())
  return texts === words ? {} : inLanguage(spokenLanguage)
}

/** The text under the key. Throws where a value of it is missing, which texts.test.ts finds before. */
export function text(key: TextKey, values?: Values): string {
  const message = find(key)
  if (typeof message === 'string') return message
  const [value, ...others] = Object.values(values ?? {})
  // Putting a number into a text takes as long as a hundredth of a page, and few numbers come again and again.
  return typeof value === 'number' && others.length === 0
    ? withNumber(message, values, value)
    : String(message.format(values))
}

function withNumber(message: IntlMessageFormat, values: Values | undefined, value: number): string {
  const own = numbered.get(message) ?? new Map<number, string>()
  numbered.set(message, own)
  const written = own.get(value) ?? String(message.format(values))
  if (own.size < mostNumbers) own.set(value, written)
  return written
}

const numbered = new WeakMap<IntlMessageFormat, Map<number, string>>()
const mostNumbers = 100

/** The same with links and the like in it: values are escaped, parts become markup. */
export function rich(key: TextKey, parts: Record<string, Value | Part>): Html {
  const message = find(key)
  if (typeof message === 'string') return Fragment({ children: message })
  const given = Object.entries(parts).map(([name, part]) => {
    return [name, typeof part === 'function' ? (inside: Children) => part(Fragment({ children: inside })) : part]
  })
  return Fragment({ children: message.format<Html>(Object.fromEntries(given)) as Children })
}
type Children = Array<string | Html> | string | Html

function readCatalogue(language: string, folder: URL): Catalogue {
  const catalogue: Catalogue = new Map()
  for (const [file, texts] of Object.entries(english)) {
    const own = language === 'en' ? {} : readTexts(folder, language, file)
    for (const [name, source] of Object.entries(texts)) {
      // Plural forms are those of the language that the text is in.
      const translated = own[name]
      const written = translated ?? source
      // Most texts have nothing to fill in and are kept as they are.
      const isPlain = !/[{}<']/.test(written)
      const unread = { source: written, language: translated === undefined ? 'en' : language }
      catalogue.set(`${file}.${name}`, isPlain ? written : unread)
    }
  }
  return catalogue
}

function readTexts(folder: URL, language: string, file: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(new URL(`${language}/${file}.json`, folder), 'utf8')) as Record<string, string>
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}

function find(key: TextKey): Message {
  const found = spoken.get(key) ?? key
  if (typeof found === 'string' || found instanceof IntlMessageFormat) return found
  const message = compile(found)
  spoken.set(key, message)
  return message
}

function compile({ source, language }: Unread): Message {
  const message = new IntlMessageFormat(source, language)
  const parts = message.getAst()
  return parts.every(({ type }) => type === literal)
    ? parts.map((part) => ('value' in part ? part.value : '')).join('')
    : message
}
