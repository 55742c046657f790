// Passwords that others try first. Nobody is asked: the lists are here.
import { readFileSync } from 'node:fs'
import type { Config } from '../config.ts'
import { text } from '../texts/texts.ts'
import { type Filter, holdsKey, keyOf, readFilter } from './filter.ts'

/** Words that belong to whom the password is for. */
export type Own = { name?: string | null | undefined; email?: string | null | undefined; site: string }

/** What is wrong with a new password; undefined when it will do. */
export function weaknessOf(config: Pick<Config, 'breachedPasswords'>, password: string, own: Own): string | undefined {
  if (isOfOwnWords(password, own)) return text('factor.ownWords')
  return isBreached(config, password) ? text('factor.breached') : undefined
}

const bundled = new URL('common-passwords.filter', import.meta.url)
const loaded = new Map<string | URL, Filter>()

function isBreached({ breachedPasswords }: Pick<Config, 'breachedPasswords'>, password: string): boolean {
  const common = load(bundled)
  if (spellings(password).some((spelling) => holdsKey(common, keyOf(spelling)))) return true
  // A long list has every word with a number behind it, so there only the password itself is looked for.
  return breachedPasswords !== undefined && holdsKey(load(breachedPasswords), keyOf(password))
}

function load(path: string | URL): Filter {
  let filter = loaded.get(path)
  if (!filter) {
    filter = readFilter(readFileSync(path))
    if (!filter) throw new Error(`${String(path)} holds no breached passwords.`)
    loaded.set(path, filter)
  }
  return filter
}

const mostAround = 5

/** What somebody makes of "dragon" who has to use digits: Dragon2024!, dr4gon, dragondragon. */
function spellings(password: string): string[] {
  const small = password.normalize('NFKC').toLowerCase()
  const found = new Set([password, small])
  for (const spelling of [small, unmasked(small)]) {
    found.add(spelling)
    const unit = /^(.+?)\1+$/su.exec(spelling)?.[1]
    if (unit) found.add(unit)
    const core = spelling.replace(/^[^\p{Letter}]+|[^\p{Letter}]+$/gu, '')
    if (core.length >= 4 && spelling.length - core.length <= mostAround) found.add(core)
  }
  // The digits behind a word are no mask: pa55word2024 is password and a year.
  const plain = small.replace(/[^\p{Letter}]+$/u, '')
  if (plain.length >= 4 && small.length - plain.length <= mostAround) found.add(unmasked(plain))
  return [...found]
}

const masks: Record<string, string> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
}

function unmasked(spelling: string): string {
  return spelling.replace(/[013457@$!]/g, (sign) => masks[sign] ?? sign)
}

const leastLetters = 3
const mostDigits = 8

/** Nothing of it is left when those words are taken away, but a few letters and a date. */
function isOfOwnWords(password: string, { name, email, site }: Own): boolean {
  const words = [name ?? '', email ?? '', site].flatMap(wordsOf)
  const longestFirst = [...new Set(words)].toSorted((a, b) => b.length - a.length)
  const unnumbered = password.toLowerCase().replace(/[^\p{Letter}]{1,8}$/u, '')
  return [squeeze(password), squeeze(unmasked(unnumbered))].some((squeezed) => {
    const rest = longestFirst.reduce((left, word) => left.replaceAll(word, ''), squeezed)
    if (rest === squeezed) return false
    return rest.replace(/\d/g, '').length < leastLetters && rest.replace(/\D/g, '').length <= mostDigits
  })
}

function wordsOf(words: string): string[] {
  return [words, ...words.split(/[^\p{Letter}\p{Number}]+/u)].map(squeeze).filter((word) => word.length >= 3)
}

function squeeze(words: string): string {
  return words
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}]/gu, '')
}
