// What an import did, for people and for programs. docs/import-report.schema.json is made from this.
import { type Static, Type } from 'typebox'
import { text } from '../texts/texts.ts'

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
export const changes: Record<string, () => string> = {
  'date-form': () => text('imports.changeDateForm'),
  'date-from-seconds': () => text('imports.changeDateFromSeconds'),
  'date-from-milliseconds': () => text('imports.changeDateFromMilliseconds'),
  'date-from-julian-day': () => text('imports.changeDateFromJulianDay'),
  'date-missing': () => text('imports.changeDateMissing'),
  'date-unreadable': () => text('imports.changeDateUnreadable'),
  'nul-removed': () => text('imports.changeNulRemoved'),
  'not-utf8': () => text('imports.changeNotUtf8'),
  'number-to-text': () => text('imports.changeNumberToText'),
  'bytes-to-text': () => text('imports.changeBytesToText'),
  'text-to-number': () => text('imports.changeTextToNumber'),
  'text-missing': () => text('imports.changeTextMissing'),
  'email-folded': () => text('imports.changeEmailFolded'),
  'email-taken': () => text('imports.changeEmailTaken'),
  'name-missing': () => text('imports.changeNameMissing'),
  'author-missing': () => text('imports.changeAuthorMissing'),
  'password-hashed': () => text('imports.changePasswordHashed'),
  unconfirmed: () => text('imports.changeUnconfirmed'),
  updated: () => text('imports.changeUpdated'),
  'new-id': () => text('imports.changeNewId'),
  'role-folded': () => text('imports.changeRoleFolded'),
  'name-rebuilt': () => text('imports.changeNameRebuilt'),
  'token-reencrypted': () => text('imports.changeTokenReencrypted'),
  'json-unreadable': () => text('imports.changeJsonUnreadable'),
}

/** In words, for each reason to keep something in import_leftovers. */
export const reasons: Record<string, () => string> = {
  'no-home': () => text('imports.reasonNoHome'),
  'unknown-column': () => text('imports.reasonUnknownColumn'),
  'nul-removed': () => text('imports.reasonNulRemoved'),
  'not-utf8': () => text('imports.reasonNotUtf8'),
  'json-unreadable': () => text('imports.reasonJsonUnreadable'),
  'post-missing': () => text('imports.reasonPostMissing'),
  'user-missing': () => text('imports.reasonUserMissing'),
  'role-missing': () => text('imports.reasonRoleMissing'),
  'permission-missing': () => text('imports.reasonPermissionMissing'),
  'group-missing': () => text('imports.reasonGroupMissing'),
  'account-missing': () => text('imports.reasonAccountMissing'),
  duplicate: () => text('imports.reasonDuplicate'),
  refused: () => text('imports.reasonRefused'),
  'too-long': () => text('imports.reasonTooLong'),
  'not-ours-to-change': () => text('imports.reasonNotOursToChange'),
  'no-key': () => text('imports.reasonNoKey'),
  'unreadable-password': () => text('imports.reasonUnreadablePassword'),
  'changed-here': () => text('imports.reasonChangedHere'),
  'too-large': () => text('imports.reasonTooLarge'),
  'id-out-of-range': () => text('imports.reasonIdOutOfRange'),
}

export function hasLeftovers({ tables }: Pick<ImportReport, 'tables'>): boolean {
  return tables.some(({ kept_aside }) => Object.keys(kept_aside).length > 0)
}

/** What becomes of a row, in words. In a catch-up, rows that follow the file are counted with the new ones, and as `updated`. */
export function fatesOf(isCatchUp: boolean) {
  return [
    ['copied', isCatchUp ? text('imports.fateUpdated') : text('imports.fateCopied')],
    ['changed', text('imports.fateChanged')],
    ['already_there', text('imports.fateHere')],
    ['set_aside', text('imports.fateAside')],
  ] as const
}

export function proofWords({ is_equal, tables, pages }: ImportReport['proof']): string {
  const rows = tables.reduce((sum, { compared }) => sum + compared, 0)
  const columns = tables.flatMap((table) => table.columns)
  const equal = columns.filter(({ file, here }) => file === here).length
  const sums = is_equal
    ? text('imports.proofEqual', { rows, columns: columns.length })
    : text('imports.proofUnequal', { rows, equal, columns: columns.length })
  if (pages.looked_at === 0) return sums
  return `${sums} ${text('imports.proofPages', { same: pages.as_stored, looked: pages.looked_at })}`
}
