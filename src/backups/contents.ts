// What is in a backup, and what its parts are called.
import { commandLine } from '../command-line.ts'
import type { RowSum } from './row-sum.ts'

export const formatNumber = 1

/** The first part: what somebody has to know before anything else. */
export type Head = {
  format: number
  program: string
  made_at: string
  title: string
  migrations: { name: string; checksum: string }[]
  /** In the order in which they follow. The last one is jobsTable. */
  tables: TableOf[]
  /** About how much follows, for who shows how far it is. */
  about_bytes: number
}
export type TableOf = { name: string; columns: string[] }

/** The last part: what there was, to compare with what there is. */
export type Manifest = {
  head_sha256: string
  tables: Record<string, TableSum>
  sequences: Position[]
  media: MediaFile[]
  /** Files that the database names and the store did not have. */
  missing: string[]
  pages: PageSum[]
}
export type TableSum = RowSum & { bytes: number; sha256: string }
export type Position = { table: string; column: string; last_value: number; is_called: boolean }
export type MediaFile = { name: string; bytes: number; sha256: string }
/** A post chosen by chance: the SHA-256 of its text, of what stands around it and of the comments below. */
export type PageSum = { post_id: number; sha256: string }

/** Not a table here: what waits to be done, from the tables of the job runner, in a form of our own. */
export const jobsTable: TableOf = {
  name: 'jobs',
  columns: ['id', 'task', 'payload', 'queue', 'run_at', 'attempts', 'max_attempts', 'last_error', 'key', 'priority'],
}

export const parts = {
  head: 'bloggy-backup.json',
  rows: (table: string, number: number) => `tables/${table}/${String(number).padStart(6, '0')}.copy`,
  media: 'media/',
  manifest: 'manifest.json',
  digest: 'manifest.sha256',
}

/** As `sha256sum --check` reads it. */
export const digestLine = (sha256: string): string => `${sha256}  ${parts.manifest}\n`

export const pagesCompared = 100

export const notABackup = (path: string): string =>
  `${path} is no backup of Bloggy. \`${commandLine('backup FILE')}\` makes one.`
