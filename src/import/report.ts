// What an import did, for people and for programs. docs/import-report.schema.json is made from this.
import { type Static, Type } from 'typebox'

const Count = Type.Integer({ minimum: 0 })

const TableReport = Type.Object({
  name: Type.String({ description: 'The table of the file.' }),
  target: Type.Union([Type.String(), Type.Null()], { description: 'The table here; null when it has no place here.' }),
  rows: Count,
  copied: Count,
  changed: Count,
  set_aside: Count,
  already_there: Count,
  changes: Type.Record(Type.String(), Count, { description: 'How many rows each change was made to, by its name.' }),
  kept_aside: Type.Record(Type.String(), Count, { description: 'What went to import_leftovers, by reason.' }),
})

const TableProof = Type.Object({
  name: Type.String(),
  compared: Count,
  is_equal: Type.Boolean(),
  columns: Type.Array(
    Type.Object({
      name: Type.String(),
      file: Type.String({ description: 'Checksum of the column as the file holds it, 128 bits in hexadecimal.' }),
      here: Type.String({ description: 'Checksum of the column as PostgreSQL holds it.' }),
    }),
  ),
})

const Difference = Type.Object({
  table: Type.String(),
  key: Type.Number({ description: 'The id in the file.' }),
  what: Type.String(),
})

export const ImportReport = Type.Object({
  format: Type.Literal('bloggy-import-report-1'),
  import_id: Type.Union([Type.Integer(), Type.Null()], { description: 'Null after a rehearsal, which keeps nothing.' }),
  is_rehearsal: Type.Boolean(),
  continues: Type.Union([Type.Integer(), Type.Null()], { description: 'The first import of the same blog.' }),
  was_resumed: Type.Boolean(),
  result: Type.Union([Type.Literal('complete'), Type.Literal('complete with leftovers')]),
  file: Type.Object({ name: Type.String(), bytes: Count, family: Type.String() }),
  finished_at: Type.String(),
  seconds: Type.Number(),
  phases: Type.Record(Type.String(), Type.Number(), {
    description: 'The seconds of each part of the work, by its name.',
  }),
  tables: Type.Array(TableReport),
  proof: Type.Object({
    is_equal: Type.Boolean(),
    tables: Type.Array(TableProof),
    differences: Type.Array(Difference, { maxItems: 1000 }),
    more_differences: Count,
    pages: Type.Object({ looked_at: Count, as_stored: Count }),
  }),
})
export type ImportReport = Static<typeof ImportReport>
export type TableReport = Static<typeof TableReport>

/** In words, for each name of a change. */
export const changes: Record<string, string> = {
  'date-form': 'a moment in another form, such as one with a zone',
  'date-from-seconds': 'a moment counted in seconds since 1970',
  'date-from-milliseconds': 'a moment counted in milliseconds since 1970',
  'date-from-julian-day': 'a moment as a Julian day',
  'date-missing': 'no moment; pages show none',
  'date-unreadable': 'a moment that cannot be read; pages show none',
  'nul-removed': 'a character that PostgreSQL cannot hold was taken out',
  'not-utf8': 'text that is not UTF-8, read as Windows-1252',
  'number-to-text': 'a number where text belongs',
  'bytes-to-text': 'bytes where text belongs',
  'text-to-number': 'text where a number belongs',
  'text-missing': 'no text; it is empty now',
  'email-folded': 'an address in lower case, without blanks',
  'email-taken': 'an address that somebody else has; the account came without it',
  'name-missing': 'no name; made from the address',
  'author-missing': 'an author who is not in the file; now nobody',
  'password-hashed': 'a password in clear, now hashed',
  unconfirmed: 'an account that waits for its address to be confirmed',
  updated: 'came with an earlier import, and follows the file',
  'new-id': 'an id that is taken here, or too large; the row has another one',
  'role-folded': 'a role that is here already in lower case',
  'name-rebuilt': 'a name made from resource, action and scope',
  'token-reencrypted': 'a token encrypted with the key of this blog',
  'json-unreadable': 'no JSON, or JSON that PostgreSQL cannot hold',
}

/** In words, for each reason to keep something in import_leftovers. */
export const reasons: Record<string, string> = {
  'no-home': 'this blog has no place for it',
  'unknown-column': 'columns that no Bloggy has; the row itself came along',
  'nul-removed': 'the bytes of a text that held a character PostgreSQL cannot',
  'not-utf8': 'the bytes of a text that is not UTF-8',
  'json-unreadable': 'the text that is no JSON',
  'post-missing': 'belongs to a post that is not in the file',
  'user-missing': 'belongs to a user who is not in the file',
  'role-missing': 'names a role that is not there',
  'permission-missing': 'names a permission that is not there',
  'group-missing': 'names a group that is not there',
  'account-missing': 'belongs to an OAuth account that did not come along',
  duplicate: 'the same as a row before it',
  refused: 'not of the form that this blog requires',
  'too-long': 'an address longer than 2,000 bytes; the account came without it',
  'not-ours-to-change': 'would change rights of somebody, or of a role, that was here before',
  'no-key': 'cannot be decrypted, or there is no OAUTH_TOKEN_KEY to encrypt it with',
  'unreadable-password': 'a password of a form that nobody can verify; the account needs a new one',
  'changed-here': 'changed in the file, and changed here as well',
  'too-large': 'larger than 32 MB; it stays in the file',
  'id-out-of-range': 'an id beyond 2^53',
}

export function hasLeftovers({ tables }: Pick<ImportReport, 'tables'>): boolean {
  return tables.some(({ kept_aside }) => Object.keys(kept_aside).length > 0)
}

/** What becomes of a row, in words. In a catch-up, rows that follow the file are counted with the new ones, and as `updated`. */
export function fatesOf(isCatchUp: boolean) {
  return [
    ['copied', isCatchUp ? 'new or updated' : 'copied'],
    ['changed', 'changed'],
    ['already_there', 'here before'],
    ['set_aside', 'set aside'],
  ] as const
}

export function proofWords({ is_equal, tables, pages }: ImportReport['proof']): string {
  const number = (value: number) => value.toLocaleString('en')
  const rows = tables.reduce((sum, { compared }) => sum + compared, 0)
  const columns = tables.flatMap((table) => table.columns)
  const equal = columns.filter(({ file, here }) => file === here).length
  const sums = is_equal
    ? `all ${number(columns.length)} columns are equal on both sides`
    : `${number(equal)} of ${number(columns.length)} columns are equal on both sides`
  const texts =
    pages.looked_at > 0
      ? ` ${number(pages.as_stored)} of ${number(pages.looked_at)} posts that were rendered again came out as they are stored.`
      : ''
  return `${number(rows)} rows of the file were compared with what PostgreSQL holds: ${sums}.${texts}`
}
