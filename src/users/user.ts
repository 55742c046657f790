import { Type } from 'typebox'

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

/** A name as it is kept: one line, without the characters that turn or hide text. */
export function cleanName(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u115f\u1160\u3164\uffa0]/g, '')
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
