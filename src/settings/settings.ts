import { ReactionChoice } from '../reactions/reaction.ts'
import { text } from '../texts/texts.ts'
import { cleanName, visible } from '../users/user.ts'
import { Type, type Static } from 'typebox'
import { menuError } from './menu.ts'

export const SettingsForm = Type.Object({
  title: Type.String({ minLength: 1, maxLength: 100, pattern: visible }),
  description: Type.String({ maxLength: 300 }),
  language: Type.String({ minLength: 2, maxLength: 20, pattern: '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$' }),
  time_zone: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  menu: Type.Optional(Type.String({ maxLength: 2000 })),
  registration_is_open: Type.Optional(Type.Literal('yes')),
  comments_are_open: Type.Optional(Type.Literal('yes')),
  comments_are_live: Type.Optional(Type.Literal('yes')),
  comment_edit_minutes: Type.Optional(Type.String({ pattern: '^\\s*\\d{1,6}\\s*$' })),
  comments_close_after_days: Type.Optional(Type.String({ pattern: '^\\s*\\d{1,5}\\s*$' })),
  reactions: Type.Optional(ReactionChoice),
  related_posts_are_shown: Type.Optional(Type.Literal('yes')),
  version: Type.String({ pattern: '^\\d{1,9}$' }),
})

/** True for what can be the language of a page. Dates are written in it, which fails with anything else. */
export function isLanguage(code: string): boolean {
  try {
    return Intl.getCanonicalLocales(code).length === 1
  } catch {
    return false
  }
}

/** True for a zone of the IANA database, such as Europe/Berlin; PostgreSQL knows the same. */
function isTimeZone(name: string): boolean {
  return name === 'UTC' || Intl.supportedValuesOf('timeZone').includes(name)
}

/** What no schema says. */
export function settingsErrors(values: Record<string, string>): Record<string, string> {
  const errors: Record<string, string> = {}
  // What is left without the signs that nobody sees.
  if (!cleanName(values.title ?? '')) errors.title = text('errors.fillIn')
  if (!isLanguage(values.language ?? '')) errors.language = text('settings.wrongLanguage')
  if (!isTimeZone(values.time_zone ?? 'UTC')) errors.time_zone = text('settings.wrongZone')
  for (const [name, most] of [
    ['comment_edit_minutes', mostMinutes],
    ['comments_close_after_days', mostDays],
  ] as const) {
    const isNumber = /^\s*\d+\s*$/.test(values[name] ?? '0')
    if (!isNumber || Number(values[name] ?? 0) > most) errors[name] = text('comments.numberUpTo', { most })
  }
  const wrong = menuError(values.menu ?? '')
  if (wrong) errors.menu = wrong
  return errors
}

export type NewSettings = {
  title: string
  description: string
  language: string
  time_zone?: string
  menu?: string
  registration_is_open: boolean
  comments_are_open: boolean
  comments_are_live?: boolean
  comment_edit_minutes?: number
  comments_close_after_days?: number
  reactions?: Static<typeof ReactionChoice>
  related_posts_are_shown: boolean
}

/** A year, and a hundred: what the table takes. */
export const mostMinutes = 525_600
export const mostDays = 36_500

export function settingsOf(form: Static<typeof SettingsForm>): NewSettings {
  return {
    title: cleanName(form.title),
    description: form.description.trim(),
    language: form.language,
    ...(form.time_zone && { time_zone: form.time_zone }),
    ...(form.menu !== undefined && { menu: form.menu.replaceAll('\r', '').trim() }),
    registration_is_open: form.registration_is_open === 'yes',
    comments_are_open: form.comments_are_open === 'yes',
    comments_are_live: form.comments_are_live === 'yes',
    ...(form.comment_edit_minutes !== undefined && { comment_edit_minutes: Number(form.comment_edit_minutes) }),
    ...(form.comments_close_after_days !== undefined && {
      comments_close_after_days: Number(form.comments_close_after_days),
    }),
    ...(form.reactions && { reactions: form.reactions }),
    related_posts_are_shown: form.related_posts_are_shown === 'yes',
  }
}
