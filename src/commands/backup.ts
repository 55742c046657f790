// `bloggy backup`: one file of everything, and looking into it.
import { type Stats, accessSync, constants, createReadStream, createWriteStream, statSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { asPlainError } from '../backups/explain.ts'
import type { Manifest } from '../backups/contents.ts'
import { refuseUnrestorable } from '../backups/known.ts'
import { type Made, makeBackup } from '../backups/make.ts'
import { type Read, readBackup } from '../backups/read.ts'
import type { Source } from '../backups/restore.ts'
import { makeScheduled } from '../backups/scheduled.ts'
import { commandLine, pipedCommandLine, quoted } from '../command-line.ts'
import { type Config, isThroughNpm, loadConfig } from '../config.ts'
import { limitsOf, withDatabase } from '../db/open.ts'
import { StartError } from '../errors.ts'
import { createDraft, unwritable } from '../export/draft-file.ts'
import { type Step, bytes, duration, progressLine } from '../import/progress.ts'
import { openStore } from '../media/store.ts'
import { answer, wrongUse } from './answer.ts'
import { type PassphraseOptions, askNewPassphrase, passphraseOf, readPassphrase } from './passphrase.ts'
import { requireSchema } from './require-schema.ts'
import { keepHeapSmall } from './small-heap.ts'
import { untilStopped } from './until-stopped.ts'

type Options = PassphraseOptions & { encrypt?: boolean; schedule?: boolean; json?: boolean }

export async function backup(file: string | undefined, options: Options): Promise<void> {
  const config = loadConfig()
  if (options.schedule) return await backUpNow(config, options.json, file)
  if (file === undefined) throw wrongUse('Name the file to make, or - for standard output.')
  if (file === '-' && process.stdout.isTTY)
    throw wrongUse('A backup is nothing to look at. Send it into a file or another program.')
  if (file === '-' && isThroughNpm())
    throw wrongUse(`npm prints lines of its own before the backup. Take \`${pipedCommandLine('backup -')}\`.`)
  keepHeapSmall()
  const passphrase = (await readPassphrase(config, options)) ?? (options.encrypt ? await askNewPassphrase() : undefined)
  await withDatabase(config, async ({ reader, target }) => {
    await refuseUnrestorable(reader)
    const begun = performance.now()
    const make = async (onProgress: (step: Step) => void, signal: AbortSignal) => {
      const parts = { store: openStore(config), passphrase, signal, onProgress }
      const draft = file === '-' ? undefined : createDraft(file)
      try {
        const made = await makeBackup(target, limitsOf(config), parts, async (whole) => {
          const into = draft ? createWriteStream(draft.path, { flags: 'r+' }) : process.stdout
          await pipeline(whole, into, { end: draft !== undefined })
        })
        draft?.keep()
        return made
      } catch (error) {
        if (signal.aborted) throw new StartError('Stopped. Nothing was left behind.')
        throw asPlainError(file, draft ? unwritable(draft.path, error) : error)
      } finally {
        draft?.discard()
      }
    }
    const made = await showingProgress(options.json, make)
    const words = describe(file, made, performance.now() - begun, passphrase !== undefined)
    if (file === '-') console.error(options.json ? JSON.stringify(asJson(file, made)) : words)
    else answer(options.json, asJson(file, made), words)
  })
}

async function backUpNow(config: Config, json: boolean | undefined, file: string | undefined): Promise<void> {
  if (file !== undefined) throw wrongUse('--schedule goes where BACKUP_TO says. Leave the file away.')
  keepHeapSmall()
  await withDatabase(config, async ({ db, reader, target }) => {
    await requireSchema(reader)
    await refuseUnrestorable(reader)
    const begun = performance.now()
    const made = await showingProgress(json, (onProgress, signal) =>
      makeScheduled(config, db, target, limitsOf(config), { onProgress, signal }).catch((error: unknown) => {
        throw signal.aborted ? new StartError('Stopped. Nothing was left behind.') : asPlainError('The backup', error)
      }),
    )
    const { name, removed } = made
    const words = describe(name, made, performance.now() - begun, config.backupPassphrase !== undefined)
    const gone =
      removed.length > 0 ? `Removed ${removed.join(', ')}.` : `None was removed: ${config.backupKeep} are kept.`
    answer(json, { ...asJson(name, made), removed }, `${words}\n${gone}`)
  })
}

/** Reads all of it and compares it with its sums. */
export async function verifyBackup(file: string, options: PassphraseOptions & { json?: boolean }): Promise<void> {
  const begun = performance.now()
  const { head, manifest, isSealed } = await readWhole(loadConfig(), file, options)
  const { rows, files } = countAll(manifest)
  const summary = { file, made_at: head.made_at, program: head.program, is_encrypted: isSealed, rows, files }
  const what = `${number(rows)} rows in ${head.tables.length - 1} tables, ${number(files)} files of pictures`
  const words = `${file} is whole: ${what}, of ${head.made_at}. Read in ${duration(performance.now() - begun)}.`
  answer(options.json, summary, words)
}

/** The same, and says what is in it. */
export async function listBackup(file: string, options: PassphraseOptions & { json?: boolean }): Promise<void> {
  const { head, manifest, isSealed } = await readWhole(loadConfig(), file, options)
  const { migrations, ...rest } = head
  if (options.json) return answer(true, { ...rest, migrations, is_encrypted: isSealed, ...manifest }, '')
  const lines = Object.entries(manifest.tables).map(
    ([name, table]) => `  ${name.padEnd(26)}${number(table.rows).padStart(12)} rows  ${bytes(table.bytes)}`,
  )
  const { files, fileBytes } = countAll(manifest)
  console.log(
    [
      `${head.title || 'A blog without a title'}, ${head.made_at}, made by Bloggy ${head.program}${isSealed ? ', encrypted' : ''}.`,
      `Schema: ${migrations.length} migrations, last ${migrations.findLast(({ name }) => /^\d/.test(name))?.name}.`,
      '',
      ...lines,
      '',
      `  ${number(files)} files of pictures, ${bytes(fileBytes)}`,
      ...missingLines(manifest),
    ].join('\n'),
  )
}

export async function readWhole(
  config: Config,
  file: string,
  options: PassphraseOptions & { json?: boolean },
): Promise<Read> {
  const source = sourceOf(file)
  const passphrase = await passphraseOf(source, config, options)
  try {
    return await showingProgress(options.json, (onProgress) => readBackup(noting(source, onProgress), passphrase))
  } catch (error) {
    throw asPlainError(file, error)
  }
}

export function sourceOf(file: string): Source {
  if (file === '-') throw wrongUse('Name a file: it is read twice, first to see that it is whole.')
  const found = readable(file)
  if (!found?.isFile()) throw new StartError(`There is no file ${file}.`)
  return { bytes: found.size, open: () => createReadStream(file, { highWaterMark: 1 << 18 }) }
}

function readable(file: string): Stats | undefined {
  try {
    const found = statSync(file, { throwIfNoEntry: false })
    if (found) accessSync(file, constants.R_OK)
    return found
  } catch (error) {
    throw new StartError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
}

async function* noting({ bytes: total, open }: Source, onProgress: (step: Step) => void) {
  let done = 0
  for await (const part of open()) {
    done += part.length
    onProgress({ label: 'checking the backup', done, total, unit: 'bytes' })
    yield part
  }
}

export async function showingProgress<T>(
  isQuiet: boolean | undefined,
  work: (onProgress: (step: Step) => void, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return await untilStopped(async (signal) => {
    const line = progressLine(process.stderr)
    try {
      return await work(isQuiet ? () => {} : line.update, signal)
    } finally {
      line.end()
    }
  })
}

function describe(
  file: string,
  { manifest, foreign, orphans, bytes: size }: Made,
  ms: number,
  isSealed: boolean,
): string {
  const { rows, files, fileBytes } = countAll(manifest)
  const name = file === '-' ? 'the backup' : file
  return [
    `Wrote ${name}: ${bytes(size)} in ${duration(ms)}${isSealed ? ', encrypted' : ''}.`,
    `  ${number(rows)} rows, ${number(files)} files of pictures (${bytes(fileBytes)})`,
    ...missingLines(manifest),
    ...(leftOut(foreign).length > 0
      ? [`  left out, because they are not Bloggy's: ${leftOut(foreign).join(', ')}`]
      : []),
    ...orphans.map(
      ({ table, target, key, rows }) =>
        `  ${rows === 1000 ? '1,000 or more' : number(rows)} rows of ${table} lead to rows of ${target} that are not there (${key}): a restore brings them back as they are`,
    ),
    ...(orphans.length > 0 ? [`  ${commandLine('doctor --only references')} says what to do about these`] : []),
    isSealed
      ? 'Without the passphrase nobody can read it: keep that elsewhere.'
      : 'It holds addresses, password hashes and sessions; only your account may read it.',
    ...(file === '-' ? [] : [`${commandLine(`backup verify ${quoted(file)}`)} reads it again.`]),
  ].join('\n')
}

const leftOut = ({ tables, columns }: Made['foreign']) => [
  ...tables,
  ...columns.map(({ table, name }) => `${table}.${name}`),
]

const asJson = (file: string, { manifest, foreign, orphans, bytes: size }: Made) => ({
  file,
  bytes: size,
  rows: countAll(manifest).rows,
  files: manifest.media.length,
  missing_files: manifest.missing,
  left_out: leftOut(foreign),
  orphans,
})

function missingLines({ missing }: Manifest): string[] {
  return missing.length > 0 ? [`  ${number(missing.length)} files of pictures were not there, first ${missing[0]}`] : []
}

export function countAll({ tables, media }: Manifest) {
  return {
    rows: Object.values(tables).reduce((sum, table) => sum + table.rows, 0),
    files: media.length,
    fileBytes: media.reduce((sum, file) => sum + file.bytes, 0),
  }
}

const number = (value: number) => value.toLocaleString('en')
