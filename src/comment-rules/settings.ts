import { Type, type Static } from 'typebox'
import { text } from '../texts/texts.ts'
import { wordsError } from './rules.ts'

const Words = Type.String({ maxLength: 10_000 })

export const RulesForm = Type.Object({
  comments_wait: Type.Enum(['none', 'first', 'every']),
  comment_links_wait: Type.String({ pattern: '^\\s*\\d{1,3}\\s*$' }),
  comment_words_wait: Words,
  comment_words_spam: Words,
  spam_check_address: Type.Optional(Type.String({ maxLength: 500 })),
  spam_check_key: Type.Optional(Type.String({ maxLength: 200 })),
  guests_may_comment: Type.Optional(Type.Literal('yes')),
  moderation_log_is_public: Type.Optional(Type.Literal('yes')),
  version: Type.String({ pattern: '^\\d{1,9}$' }),
})

export const mostLinks = 100

export function newRulesOf(form: Static<typeof RulesForm>) {
  const list = (words: string) => words.replaceAll('\r', '').trim()
  return {
    comments_wait: form.comments_wait,
    comment_links_wait: Number(form.comment_links_wait),
    comment_words_wait: list(form.comment_words_wait),
    comment_words_spam: list(form.comment_words_spam),
    spam_check_address: form.spam_check_address?.trim() ?? '',
    guests_may_comment: form.guests_may_comment === 'yes',
    moderation_log_is_public: form.moderation_log_is_public === 'yes',
  }
}
export type NewRules = ReturnType<typeof newRulesOf>

/** What no schema says. */
export function rulesErrors(values: Record<string, string>): Record<string, string> {
  const errors: Record<string, string> = {}
  for (const name of ['comment_words_wait', 'comment_words_spam']) {
    const wrong = wordsError(values[name] ?? '')
    if (wrong) errors[name] = text('moderation.wordsWrong', { why: wrong })
  }
  const links = values.comment_links_wait ?? ''
  if (!/^\s*\d+\s*$/.test(links) || Number(links) > mostLinks)
    errors.comment_links_wait = text('comments.numberUpTo', { most: mostLinks })
  const address = values.spam_check_address?.trim() ?? ''
  const url = URL.parse(address)
  if (address !== '' && (!url || !/^https?:$/.test(url.protocol) || url.username || url.password))
    errors.spam_check_address = text('moderation.checkAddressWrong')
  return errors
}
