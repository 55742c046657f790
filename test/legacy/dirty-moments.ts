// A post for every form in which a moment was seen or may be met.
import { type Dirt, type Marked, changed, copied } from './marks.ts'

type Form = [value: Dirt, change: string, moment: string, note: string]

const unknown = '1970-01-01T00:00:00.000000Z'
const noon = '2025-10-12T14:03:22.000000Z'

export const momentForms: Form[] = [
  ['2025-10-12 14:03:22', '', noon, 'the usual form'],
  ['2025-10-12 14:03:22.123456', 'date-form', '2025-10-12T14:03:22.123456Z', 'a fraction'],
  ['2025-10-12T14:03:22', 'date-form', noon, 'a T'],
  ['2025-10-12T14:03:22Z', 'date-form', noon, 'a Z'],
  ['2025-10-12 14:03:22+02:00', 'date-form', '2025-10-12T12:03:22.000000Z', 'an offset'],
  ['2025-10-12T14:03:22.5-0330', 'date-form', '2025-10-12T17:33:22.500000Z', 'an offset west, without a colon'],
  ['2025-10-12 14:03', 'date-form', '2025-10-12T14:03:00.000000Z', 'no seconds'],
  ['2025-10-12', 'date-form', '2025-10-12T00:00:00.000000Z', 'a day'],
  ['2024-02-29 23:59:59', '', '2024-02-29T23:59:59.000000Z', 'a day that some years lack'],
  ['0001-01-01 00:00:00', '', '0001-01-01T00:00:00.000000Z', 'the first year'],
  ['9999-12-31 23:59:59', '', '9999-12-31T23:59:59.000000Z', 'the last year of four digits'],
  ['1970-01-01 00:00:00', '', unknown, 'the moment that stands for none'],
  [1_760_277_802, 'date-from-seconds', noon, 'seconds'],
  ['1760277802', 'date-from-seconds', noon, 'seconds in text, which SQLite makes a number'],
  [{ real: 1_760_277_802.5 }, 'date-from-seconds', '2025-10-12T14:03:22.500000Z', 'seconds and a half'],
  [100_000_000, 'date-from-seconds', '1973-03-03T09:46:40.000000Z', 'the first number that is seconds'],
  [99_999_999_999, 'date-from-seconds', '5138-11-16T09:46:39.000000Z', 'the last number that is seconds'],
  [100_000_000_000, 'date-from-milliseconds', '1973-03-03T09:46:40.000000Z', 'the first that is milliseconds'],
  [1_760_277_802_123, 'date-from-milliseconds', '2025-10-12T14:03:22.123000Z', 'milliseconds'],
  [{ real: 2_460_961.085671296 }, 'date-from-julian-day', noon, 'a Julian day'],
  [null, 'date-missing', unknown, 'NULL'],
  ['', 'date-missing', unknown, 'an empty text'],
  ['   ', 'date-missing', unknown, 'blanks'],
  ['not a date', 'date-unreadable', unknown, 'words'],
  ['2025-02-30 10:00:00', 'date-unreadable', unknown, 'a day that no year has'],
  ['2025-02-29 10:00:00', 'date-unreadable', unknown, 'a day that this year lacks'],
  ['0000-00-00', 'date-unreadable', unknown, 'the nothing of MySQL'],
  ['0000-00-00 00:00:00', 'date-unreadable', unknown, 'the same with a time'],
  ['12/10/2025', 'date-unreadable', unknown, 'either October or December'],
  ['12.10.2025 14:03', 'date-unreadable', unknown, 'the German form'],
  ['now', 'date-unreadable', unknown, 'what databases take for the present'],
  ['today', 'date-unreadable', unknown, 'and for the day'],
  ['14:03:22', 'date-unreadable', unknown, 'a time alone'],
  ['2025', 'date-unreadable', unknown, 'a year alone'],
  ['20251012', 'date-unreadable', unknown, 'a day without dashes'],
  ['12025-01-01 00:00:00', 'date-unreadable', unknown, 'a year of five digits'],
  ['-0044-03-15', 'date-unreadable', unknown, 'a year before the first'],
  ['2025-10-12 25:61:00', 'date-unreadable', unknown, 'an hour that is none'],
  ['2025-13-01 00:00:00', 'date-unreadable', unknown, 'a month that is none'],
  [12, 'date-unreadable', unknown, 'a small number'],
  [-1_760_277_802, 'date-unreadable', unknown, 'a negative number'],
  [{ real: 1e300 }, 'date-unreadable', unknown, 'a number beyond everything'],
  [Buffer.from('2025-10-12'), 'date-unreadable', unknown, 'bytes'],
]

export const datedPosts: Marked[] = momentForms.map(([date, change, published_at, note], index) => {
  const row = { id: 101 + index, title: `Dated ${index}`, text: 'When?', date, user: 1 }
  const more = { becomes: { published_at } }
  return change === '' ? copied(note, row, more) : changed(`${note} for a moment`, change, row, more)
})
