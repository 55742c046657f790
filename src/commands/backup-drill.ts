// `bloggy backup drill`: restores a backup into a database made for it, reports and drops it.
import { asPlainError } from '../backups/explain.ts'
import { openPlace } from '../backups/place.ts'
import { type Source, restoreBackup } from '../backups/restore.ts'
import { type Config, loadConfig } from '../config.ts'
import type { ConnectionTarget } from '../db/connection-string.ts'
import { embeddedTarget } from '../db/embedded/server.ts'
import { limitsOf, withServer } from '../db/open.ts'
import { probe } from '../db/probe.ts'
import { withScratchDatabase } from '../db/scratch.ts'
import { CommandError, StartError } from '../errors.ts'
import { bytes, duration } from '../import/progress.ts'
import { answer, exitCodes } from './answer.ts'
import { showingProgress, sourceOf } from './backup.ts'
import { type PassphraseOptions, passphraseOf } from './passphrase.ts'
import { lookAt, looseLines } from './restore.ts'
import { keepHeapSmall } from './small-heap.ts'

export async function drill(file: string | undefined, options: PassphraseOptions & { json?: boolean }): Promise<void> {
  const config = loadConfig()
  const { name, source } = file === undefined ? await newest(config) : { name: file, source: sourceOf(file) }
  keepHeapSmall()
  const passphrase = await passphraseOf(source, config, options)
  await withServer(config, async (target) => {
    await probe(target, limitsOf(config))
    const begun = performance.now()
    await withScratchDatabase(target, makerOf(config, target), limitsOf(config), async (scratch) => {
      const restored = await showingProgress(options.json, async (onProgress, signal) => {
        // Pictures are compared with their sums and put nowhere: the blog has them.
        const parts = { source, passphrase, store: undefined, signal, onProgress }
        return await restoreBackup(scratch, limitsOf(config), parts).catch((error: unknown) => {
          throw asPlainError(name, error)
        })
      })
      const dark = await lookAt(config, scratch, restored)
      const { head, rows, tables, pages, files, addresses, loose } = restored
      const ms = performance.now() - begun
      const found = {
        name,
        made_at: head.made_at,
        bytes: source.bytes,
        seconds: Math.round(ms / 100) / 10,
        tables,
        rows,
      }
      answer(
        options.json,
        { ...found, files, pages_compared: pages, pages_that_do_not_show: dark, keys_that_rows_break: loose },
        `${name} (${bytes(source.bytes)}, of ${head.made_at}) becomes a blog again in ${duration(ms)}.\n` +
          `  ${rows.toLocaleString('en')} rows in ${tables} tables, ${files.toLocaleString('en')} files of pictures and ` +
          `${pages} posts are those of the backup; ${addresses.length + 1 - dark.length} pages show.\n` +
          looseLines(loose)
            .map((line) => `${line}.\n`)
            .join('') +
          'The database made for it is dropped.',
      )
      if (dark.length > 0) throw new CommandError(`These pages do not show: ${dark.join(' ')}`, exitCodes.failed)
    })
  })
}

async function newest(config: Config): Promise<{ name: string; source: Source }> {
  const place = openPlace(config)
  const [first] = await place.list()
  if (!first) throw new StartError('There is no backup yet where BACKUP_TO leads.')
  return { name: first.name, source: place.source(first) }
}

/** Of the embedded server the superuser; the blog's own role makes no databases. */
function makerOf(config: Config, target: ConnectionTarget): ConnectionTarget {
  const [address] = target.addresses
  return config.databaseUrl || !address ? target : embeddedTarget(address.host, 'postgres', target.database)
}
