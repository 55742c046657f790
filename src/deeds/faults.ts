// What is wrong with what was given, as a person reads it who typed options.
import type { Option } from './deeds.ts'

export type Fault = { pointer?: string; parameter?: string; code: string; detail: string }

/** With the option it is about, where there is one. */
export function faultOf(fault: Fault, options: Option[]): Fault & { option?: string } {
  const [name = ''] = (fault.pointer?.slice(1) ?? fault.parameter ?? '').split('/')
  const option = options.find((one) => one.name === name)
  const flag = option ? `--${option.flag}` : undefined
  return { ...(flag && { option: flag }), ...fault, detail: sentenceOf(fault, name, option) }
}

/** Those of schemas begin with "must"; the others are sentences already. */
function sentenceOf({ code, detail }: Fault, name: string, option: Option | undefined): string {
  if (!detail.startsWith('must ')) return detail
  if (name === '') return code === 'wrong_type' ? 'This is no object with fields.' : 'Nothing was given to change.'
  const { property = {}, choices = [], kind = 'text' } = option ?? {}
  const { maxLength, minLength, maximum, minimum, maxItems, minItems, format } = property
  const sentences: Record<string, string> = {
    required: 'This is needed.',
    unknown: 'There is no such field.',
    too_long: `This is too long: at most ${maxLength} characters.`,
    too_short: minLength === 1 ? 'This is empty.' : `This is too short: at least ${minLength} characters.`,
    too_many: `These are too many: at most ${maxItems}.`,
    too_few: `These are too few: at least ${minItems}.`,
    too_large: `This is too large: at most ${maximum}.`,
    too_small: `This is too small: at least ${minimum}.`,
    wrong_type: kind === 'number' || kind === 'numbers' ? 'This is no whole number.' : 'This is of the wrong kind.',
    not_one_of: `This is none of: ${choices.join(', ')}.`,
  }
  // Of a part of a list the limits are its own.
  const sentence = sentences[code]
  if (sentence && !sentence.includes('undefined') && !sentence.endsWith(': .')) return sentence
  if (format === 'date-time') return 'This is no moment with a zone, such as 2026-05-31T12:00:00Z.'
  const about = option?.about ? ` It takes: ${option.about}` : ''
  return `This does not have the form it needs.${about}`
}
