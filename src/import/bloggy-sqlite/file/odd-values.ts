// What can be odd about a value of each kind: a condition for SQLite, and the sentence for its count.
import { type Column, type SourceTable, largestKeptId, planOf } from '../plan.ts'
import { type ColumnFacts, type RealTable, columnNamed, quoted } from './real-tables.ts'

export type Question = { sql: string; say: (count: number) => string }

// A larger value stays in the file; see largestRowBytes of the reader.
const largestBytes = 128_000_000

export function questionsAbout(source: SourceTable, table: RealTable): Question[] {
  const { noun, columns } = planOf(source)
  const questions = columns.flatMap((column) => {
    const found = presentColumn(table, column)
    return found ? aboutValue({ source, noun, column, name: found.name }) : []
  })
  const id = columnNamed(table.columns, 'id')
  if (id && !id.isGenerated) questions.push(...aboutId(source, quoted(id.name), table.isIdRowid))
  return questions
}

/** The column under one of its names, unless it is worked out from others. */
export function presentColumn({ columns }: RealTable, { source, alias }: Column): ColumnFacts | undefined {
  const found = columnNamed(columns, source) ?? (alias === undefined ? undefined : columnNamed(columns, alias))
  return found?.isGenerated ? undefined : found
}

type Subject = { source: SourceTable; noun: string; column: Column; name: string }

function aboutValue(subject: Subject): Question[] {
  const { column } = subject
  switch (column.as) {
    case 'moment':
      return [missing(subject), unusualMoment(subject)]
    case 'moment or null':
      return [unusualMoment(subject)]
    case 'reference':
    case 'reference or null':
      return aboutReference(subject)
    case 'email':
      return [missing(subject, 'address'), foldedAddress(subject), ...aboutText(subject)]
    case 'password':
      return [missing(subject), notText(subject)]
    case 'state':
      return [
        {
          sql: `${quoted(subject.name)} not in ('', 'pending', 'disabled', 'blocked')`,
          say: (count) => `${rows(count, 'user')} never confirmed ${count === 1 ? 'the' : 'their'} address.`,
        },
      ]
    case 'json or null':
      return [...aboutText(subject), notJson(subject)]
    case 'kept aside':
      return []
    default:
      return [
        ...(cannotLack.has(`${subject.source}.${column.source}`) ? [missing(subject)] : []),
        ...aboutText(subject),
      ]
  }
}

const cannotLack = new Set(['posts.title', 'posts.text', 'comments.text', 'auth_groups.role', 'roles.name'])

function missing({ noun, name }: Subject, called = name): Question {
  return {
    sql: `coalesce(${quoted(name)}, '') = ''`,
    say: (count) => `${rows(count, noun)} ${count === 1 ? 'has' : 'have'} no ${called}.`,
  }
}

function aboutText(subject: Subject): Question[] {
  const { source, name } = subject
  const column = quoted(name)
  const place = `${source}.${name}`
  return [
    notText(subject),
    {
      sql: `octet_length(${column}) between 1 and ${largestBytes} and instr(cast(${column} as blob), x'00') > 0`,
      say: (count) => `${values(count, place)} ${count === 1 ? 'holds' : 'hold'} the character NUL.`,
    },
    {
      sql: `octet_length(${column}) < 1000000 and is_doubtful(${column}) and not is_utf8(cast(${column} as blob))`,
      say: (count) => `${values(count, place)} ${count === 1 ? 'is' : 'are'} not UTF-8 throughout.`,
    },
    {
      sql: `octet_length(${column}) > ${largestBytes}`,
      say: (count) => `${values(count, place)} ${count === 1 ? 'is' : 'are'} larger than 128 MB.`,
    },
  ]
}

function notText({ source, name }: Subject): Question {
  return {
    sql: `typeof(${quoted(name)}) not in ('text', 'null')`,
    say: (count) => `${values(count, `${source}.${name}`)} ${count === 1 ? 'is' : 'are'} kept as bytes or a number.`,
  }
}

function notJson({ source, name }: Subject): Question {
  const column = quoted(name)
  return {
    sql: `${column} <> '' and octet_length(${column}) <= ${largestBytes} and not json_valid(${column})`,
    say: (count) => `${values(count, `${source}.${name}`)} ${count === 1 ? 'is' : 'are'} no JSON.`,
  }
}

function unusualMoment({ source, name }: Subject): Question {
  const column = quoted(name)
  const [two, four] = ['[0-9][0-9]', '[0-9][0-9][0-9][0-9]']
  return {
    sql: `${column} <> '' and ${column} not glob '${four}-${two}-${two} ${two}:${two}:${two}'`,
    say: (count) =>
      `${values(count, `${source}.${name}`)} ${count === 1 ? 'is' : 'are'} not written as YYYY-MM-DD HH:MM:SS.`,
  }
}

function foldedAddress({ name }: Subject): Question {
  return {
    sql: `${quoted(name)} <> lower(trim(${quoted(name)}))`,
    say: (count) => `${rows(count, 'address')} ${count === 1 ? 'has' : 'have'} capitals or blanks around.`,
  }
}

function aboutReference({ source, noun, column, name }: Subject): Question[] {
  const isAuthor = name.toLowerCase() === 'user' && (source === 'posts' || source === 'comments')
  const lacks: Question = {
    sql: `${quoted(name)} is null`,
    say: (count) => `${rows(count, noun)} ${count === 1 ? 'has' : 'have'} no ${isAuthor ? 'author' : name}.`,
  }
  const notWhole: Question = {
    sql: `typeof(${quoted(name)}) not in ('integer', 'null')`,
    say: (count) =>
      `${values(count, `${source}.${name}`)} ${count === 1 ? 'is no whole number' : 'are no whole numbers'}.`,
  }
  return isAuthor || column.as === 'reference' ? [lacks, notWhole] : [notWhole]
}

function aboutId(source: SourceTable, id: string, isWhole: boolean): Question[] {
  const outside: Question = {
    sql: `typeof(${id}) = 'integer' and ${id} not between 1 and ${largestKeptId}`,
    say: (count) => `${rows(count, 'id')} of ${source} ${count === 1 ? 'is' : 'are'} not between 1 and 2⁴⁸.`,
  }
  const unusable: Question = {
    sql: `typeof(${id}) <> 'integer'`,
    say: (count) => `${rows(count, 'id')} of ${source} ${count === 1 ? 'is no whole number' : 'are no whole numbers'}.`,
  }
  return isWhole ? [outside] : [outside, unusable]
}

/** "2 comments belong to posts that are not in the file", or "1 role of a user was given by a user that is not …". */
export function sayAstray(count: number, source: SourceTable, name: string, to: SourceTable): string {
  const noun = planOf(to).noun
  const isGift = /_by$/i.test(name)
  const astray =
    count === 1
      ? `${isGift ? 'was given by' : 'belongs to'} ${/^[aeio]/i.test(noun) ? 'an' : 'a'} ${noun} that is not in the file`
      : `${isGift ? 'were given by' : 'belong to'} ${plural(noun)} that are not in the file`
  return `${rows(count, planOf(source).noun)} ${astray} (${source}.${name}).`
}

function rows(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? noun : plural(noun)}`
}

function values(count: number, place: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'value' : 'values'} of ${place}`
}

function plural(noun: string): string {
  const others: Record<string, string> = {
    address: 'addresses',
    'role of a user': 'roles of users',
    'permission of a role': 'permissions of roles',
  }
  return others[noun] ?? `${noun}s`
}
