// The passphrase of a backup: from a file, the settings or a terminal, never from the words of a command.
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import type { Source } from '../backups/restore.ts'
import type { Config } from '../config.ts'
import { StartError } from '../errors.ts'
import { leastPassphrase } from '../setting-values.ts'
import { wrongUse } from './answer.ts'
import { askPassword } from './ask-password.ts'
import { isSealed } from './sealed-file.ts'

export type PassphraseOptions = { passphraseFile?: string }

export async function readPassphrase(
  config: Config,
  { passphraseFile }: PassphraseOptions,
): Promise<string | undefined> {
  if (passphraseFile === undefined) return config.backupPassphrase
  const words = (passphraseFile === '-' ? await text(process.stdin) : readFile(passphraseFile)).trim()
  if (words.length < leastPassphrase)
    throw wrongUse(`The passphrase needs at least ${leastPassphrase} characters. Nothing was written.`)
  return words
}

/** Of a file that is there, asked for where it is encrypted and nobody said how to open it. */
export async function passphraseOf(
  source: Source,
  config: Config,
  options: PassphraseOptions,
): Promise<string | undefined> {
  return (await readPassphrase(config, options)) ?? ((await isSealed(source)) ? await askPassphrase() : undefined)
}

async function askPassphrase(): Promise<string> {
  return await askPassword('Passphrase: ', {
    otherwise: 'The backup is encrypted. Give --passphrase-file, or set BACKUP_PASSPHRASE.',
    stopped: 'Stopped. Nothing was changed.',
  })
}

/** Twice, because nobody could open the file after a slip of a finger. */
export async function askNewPassphrase(): Promise<string> {
  const words = {
    otherwise: 'Give --passphrase-file, or set BACKUP_PASSPHRASE.',
    stopped: 'Stopped. Nothing was written.',
  }
  const first = await askPassword(`Passphrase, at least ${leastPassphrase} characters: `, words)
  if (first.trim().length < leastPassphrase)
    throw wrongUse(`The passphrase needs at least ${leastPassphrase} characters.`)
  if (first !== (await askPassword('Again: ', words))) throw wrongUse('These are two different passphrases.')
  return first.trim()
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new StartError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
}
