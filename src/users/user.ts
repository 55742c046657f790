import { Type } from 'typebox'
import { text } from '../texts/texts.ts'

export const shortestPassword = 8

export const Name = Type.String({ minLength: 1, maxLength: 128, pattern: '\\S' })
export const Email = Type.String({ minLength: 3, maxLength: 254 })
export const NewPassword = Type.String({ minLength: shortestPassword, maxLength: 1024 })

export const longestAbout = 1000

export const ProfileForm = Type.Object({
  name: Name,
  about: Type.Optional(Type.String({ maxLength: longestAbout })),
  links: Type.Optional(Type.String({ maxLength: 4000 })),
})

/** One spelling for one mailbox: no blanks, no full-width look-alikes, lower case, no final dot. */
export function normaliseEmail(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase().replace(/\.$/, '')
}

/** One address and nothing else: no name, no comment, no quotes, no second address. */
export function isEmail(text: string): boolean {
  return (
    text.length <= 254 &&
    /^[^\s@<>(),;:"\\[\]]{1,64}@(?:localhost|[^\s@<>(),;:"\\[\]_]+\.[\p{Letter}\d-]{2,})$/u.test(text) &&
    !/\.\.|^\.|\.@|@[.-]/.test(text)
  )
}

/** How somebody is called whose first and last name were kept apart; empty for nobody. */
export function nameFrom(first: string | null, last: string | null): string {
  return cleanName([first, last].filter(Boolean).join(' '))
}

// Turn or hide text, or take room and show nothing: Unicode's Default_Ignorable_Code_Point but those
// that choose how a sign looks, and the empty Braille pattern.
const hidden = /[[\p{Default_Ignorable_Code_Point}\u2800]--[\ufe00-\ufe0f]]/gv

/** For a schema: something that can be seen. */
export const visible = '[^\\s\\p{Default_Ignorable_Code_Point}\\p{Control}\\u2800]'

const seen = new RegExp(visible, 'u')

export function isSeen(text: string): boolean {
  return seen.test(text)
}

/** What is wrong with a name as cleanName() leaves it, in words. */
export function nameError(name: string): string | undefined {
  if (!/[\p{Letter}\p{Number}\p{Symbol}\p{Punctuation}]/u.test(name)) return text('errors.fillIn')
  return mixesScripts(name) ? text('people.mixedScripts') : undefined
}

// Scripts whose letters look like each other's. Others stand beside Latin in one word where people write so.
const alike = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
]

/** Whether a word has letters of two scripts that are taken for each other: docs/account-safety.md says why not more. */
function mixesScripts(name: string): boolean {
  const words = name.normalize('NFKC').split(/[^\p{Letter}\p{Mark}]+/u)
  return words.some((word) => alike.filter((script) => script.test(word)).length > 1)
}

/** A name as it is kept: one line, without the characters that turn or hide text. */
export function cleanName(text: string): string {
  return text
    .normalize('NFC')
    .replace(hidden, '')
    .replace(/[\s\p{Control}]+/gu, ' ')
    .trim()
}

/** What somebody says about himself: lines as they were typed, without the characters that turn or hide text. */
export function cleanAbout(text: string): string {
  return text
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .split('\n')
    .map((line) => cleanName(line))
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}
