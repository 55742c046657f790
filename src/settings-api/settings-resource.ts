// The settings as programs see them and write them: JSON instead of the fields of three forms.
import { type Static, Type } from 'typebox'
import { field, resource } from '../api/resource.ts'
import { mostLinks } from '../comment-rules/settings.ts'
import { menuOf } from '../settings/menu.ts'
import { mostDays, mostMinutes } from '../settings/settings.ts'
import type { SettingsRow } from './queries.ts'
import { visible } from '../users/user.ts'

const Line = Type.Object(
  {
    words: Type.String({ minLength: 1, maxLength: 40, pattern: '^[^\\r\\n]*\\S[^\\r\\n]*$' }),
    address: Type.String({ minLength: 1, maxLength: 1000, pattern: '^\\S+$' }),
  },
  { title: 'MenuLine', additionalProperties: false },
)
const Words = Type.String({ maxLength: 10_000, description: 'One a line; `*` at the end for any ending.' })

const wanted = {
  title: Type.String({ minLength: 1, maxLength: 100, pattern: visible }),
  description: Type.String({ maxLength: 300 }),
  language: Type.String({ minLength: 2, maxLength: 20, pattern: '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$' }),
  time_zone: Type.String({ minLength: 1, maxLength: 64, description: 'Such as `Europe/Berlin` or `UTC`.' }),
  menu: Type.Array(Line, { maxItems: 12 }),
  registration_is_open: Type.Boolean(),
  comments_are_open: Type.Boolean(),
  comments_are_live: Type.Boolean(),
  comment_edit_minutes: Type.Integer({ minimum: 0, maximum: mostMinutes, description: '0 for always.' }),
  comments_close_after_days: Type.Integer({ minimum: 0, maximum: mostDays, description: '0 for never.' }),
  reactions: Type.Enum(['off', 'accounts', 'everyone']),
  related_posts_are_shown: Type.Boolean(),
  hub_url: Type.String({ maxLength: 500 }),
  security_contact: Type.String({ maxLength: 300 }),
  has_llms_txt: Type.Boolean(),
  guests_may_comment: Type.Boolean(),
  moderation_log_is_public: Type.Boolean(),
  comments_wait: Type.Enum(['none', 'first', 'every']),
  comment_links_wait: Type.Integer({ minimum: 0, maximum: mostLinks, description: 'So many links; 0 for any.' }),
  comment_words_wait: Words,
  comment_words_spam: Words,
  spam_check_address: Type.String({ maxLength: 500 }),
}

/** What helps to get past the rules is for who made them; the rest can be seen on pages that everyone reads. */
export const SettingsShown = resource('Settings', {
  title: field('public', wanted.title),
  description: field('public', wanted.description),
  language: field('public', wanted.language),
  time_zone: field('public', wanted.time_zone),
  menu: field('public', wanted.menu),
  registration_is_open: field('public', wanted.registration_is_open),
  comments_are_open: field('public', wanted.comments_are_open),
  comments_are_live: field('public', wanted.comments_are_live),
  comment_edit_minutes: field('account', wanted.comment_edit_minutes),
  comments_close_after_days: field('public', wanted.comments_close_after_days),
  reactions: field('public', wanted.reactions),
  related_posts_are_shown: field('public', wanted.related_posts_are_shown),
  hub_url: field('public', wanted.hub_url),
  security_contact: field('public', wanted.security_contact),
  has_llms_txt: field('public', wanted.has_llms_txt),
  guests_may_comment: field('public', wanted.guests_may_comment),
  moderation_log_is_public: field('public', wanted.moderation_log_is_public),
  comments_wait: field('owner', wanted.comments_wait),
  comment_links_wait: field('owner', wanted.comment_links_wait),
  comment_words_wait: field('owner', wanted.comment_words_wait),
  comment_words_spam: field('owner', wanted.comment_words_spam),
  spam_check_address: field('owner', wanted.spam_check_address),
  version: field('owner', Type.Integer(), 'Grows with every change.'),
})

export const SettingsChange = Type.Object(
  {
    ...Type.Partial(Type.Object(wanted)).properties,
    spam_check_key: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, description: 'Kept, and never shown again.' }),
    ),
  },
  { title: 'SettingsChange', additionalProperties: false, minProperties: 1 },
)
export type SettingsChange = Static<typeof SettingsChange>

export function shownSettings({ menu, ...row }: SettingsRow) {
  return { ...row, menu: menuOf(menu) }
}

const ofMachines = ['hub_url', 'security_contact', 'has_llms_txt']
const ofRules = [
  'guests_may_comment',
  'moderation_log_is_public',
  'comments_wait',
  'comment_links_wait',
  'comment_words_wait',
  'comment_words_spam',
  'spam_check_address',
  'spam_check_key',
]

export type Group = 'blog' | 'machines' | 'rules'

/** Which of the three pages a setting stands on. */
export function groupOf(name: string): Group {
  if (ofMachines.includes(name)) return 'machines'
  return ofRules.includes(name) ? 'rules' : 'blog'
}

/** As the forms of the pages send them: texts, and a box that is ticked or not there. */
export function asForm(row: SettingsRow, given: SettingsChange): Record<string, string> {
  const { menu, ...rest } = given
  const lines = menu?.map(({ words, address }) => `${words.trim()} ${address}`).join('\n')
  const whole: Record<string, unknown> = {
    ...row,
    spam_check_key: '',
    ...rest,
    ...(lines !== undefined && { menu: lines }),
  }
  const names = [...Object.keys(wanted), 'spam_check_key']
  const values = names.map((name) => [name, whole[name]] as const)
  return Object.fromEntries(
    values.flatMap(([name, value]) => (value === false ? [] : [[name, value === true ? 'yes' : String(value)]])),
  )
}
