// `bloggy restore FILE`: a backup becomes a blog, in an empty place.
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { pino } from 'pino'
import { asPlainError } from '../backups/explain.ts'
import { type Restored, restoreBackup } from '../backups/restore.ts'
import { commandLine } from '../command-line.ts'
import { type Config, loadConfig } from '../config.ts'
import type { ConnectionTarget } from '../db/connection-string.ts'
import { commandName, limitsOf, withServer } from '../db/open.ts'
import { openDatabase } from '../db/pool.ts'
import { probe } from '../db/probe.ts'
import { CommandError } from '../errors.ts'
import { unwritable } from '../export/draft-file.ts'
import { duration } from '../import/progress.ts'
import { openStore } from '../media/store.ts'
import { paths } from '../paths.ts'
import { recordRestore } from '../backup-log/queries.ts'
import { newServer } from '../server.ts'
import { watchSettings } from '../settings/current.ts'
import { answer, exitCodes, wrongUse } from './answer.ts'
import { showingProgress, sourceOf } from './backup.ts'
import { type PassphraseOptions, passphraseOf } from './passphrase.ts'
import { keepHeapSmall } from './small-heap.ts'

type Options = PassphraseOptions & { withoutJobs?: boolean; json?: boolean }

export async function restore(file: string, options: Options): Promise<void> {
  if (file !== '-') return await restoreFrom(file, options)
  if (options.passphraseFile === '-')
    throw wrongUse('The backup and its passphrase cannot both come from standard input.')
  // It is read twice, first to see that it is whole.
  const folder = mkdtempSync(join(tmpdir(), 'bloggy-restore-'))
  try {
    const kept = join(folder, 'standard-input')
    await pipeline(process.stdin, createWriteStream(kept, { mode: 0o600 })).catch((error: unknown) => {
      throw unwritable(kept, error)
    })
    await restoreFrom(kept, options)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function restoreFrom(file: string, options: Options): Promise<void> {
  const config = loadConfig()
  const source = sourceOf(file)
  keepHeapSmall()
  const passphrase = await passphraseOf(source, config, options)
  await withServer(config, async (target) => {
    await probe(target, limitsOf(config))
    const begun = performance.now()
    const restored = await showingProgress(options.json, async (onProgress, signal) => {
      const isFenced = options.withoutJobs ?? false
      const parts = { source, passphrase, store: openStore(config), isFenced, signal, onProgress }
      return await restoreBackup(target, limitsOf(config), parts).catch((error: unknown) => {
        throw asPlainError(file, error)
      })
    })
    const dark = await lookAt(config, target, restored)
    answer(
      options.json,
      asJson(restored, dark),
      describe(restored, dark, performance.now() - begun, options.withoutJobs ?? false),
    )
    if (dark.length > 0)
      throw new CommandError('Everything is there, and some pages do not show. Look at the log.', exitCodes.failed)
  })
}

/** Pages that a reader would not get. Notes the restore in the audit log. */
export async function lookAt(config: Config, target: ConnectionTarget, restored: Restored): Promise<string[]> {
  const database = openDatabase(target, { ...limitsOf(config), poolSize: 6, applicationName: commandName })
  const logger = pino({ level: 'error' }, pino.destination(2))
  const settings = await watchSettings(database, logger)
  const app = newServer({ config, database, settings, store: openStore(config), logger })
  try {
    const dark: string[] = []
    for (const address of [paths.home(), ...restored.addresses.map(({ slug }) => paths.post(slug))]) {
      const { statusCode } = await app.inject(address)
      if (statusCode !== 200) dark.push(address)
    }
    await recordRestore(database.db, restored.head)
    return dark
  } finally {
    await app.close()
    await settings.close()
    await database.close()
  }
}

function describe(restored: Restored, dark: string[], ms: number, isFenced: boolean): string {
  const { head, tables, rows, files, pages, upgraded, addresses, manifest, fenced, loose } = restored
  return [
    `Restored ${head.title || 'the blog'} of ${head.made_at} in ${duration(ms)}.`,
    `  ${number(rows)} rows in ${tables} tables: counts and checksums are those of the backup`,
    `  ${number(manifest.sequences.length)} counters of ids stand where they stood`,
    `  ${number(pages)} posts with all that is around them are the same; ${number(addresses.length + 1 - dark.length)} pages show`,
    `  ${number(files)} files of pictures put where they belong`,
    ...(manifest.missing.length > 0
      ? [`  ${number(manifest.missing.length)} files were missing already in the backup`]
      : []),
    ...looseLines(loose),
    ...(upgraded.length > 0 ? [`  brought up to date: ${upgraded.join(', ')}`] : []),
    ...(dark.length > 0 ? [`These do not show: ${dark.join(' ')}`] : []),
    ...(isFenced ? [`  ${number(fenced)} jobs that would have told somebody something were left out`] : []),
    `Start it: ${commandLine('start')}.${isFenced ? '' : ' Mail that waited goes out then.'}`,
  ].join('\n')
}

/** A fault of the blog that the backup is of is no fault of the backup. */
export const looseLines = (loose: string[]) =>
  loose.length > 0
    ? [
        `  some rows lead to rows that are not there, as in the backup: ${loose.join(', ')}; ${commandLine('doctor')} says what to do`,
      ]
    : []

const asJson = ({ head, tables, rows, files, pages, upgraded, fenced, loose }: Restored, dark: string[]) => ({
  made_at: head.made_at,
  tables,
  rows,
  files,
  pages_compared: pages,
  pages_that_do_not_show: dark,
  upgraded,
  jobs_left_out: fenced,
  keys_that_rows_break: loose,
})

const number = (value: number) => value.toLocaleString('en')
