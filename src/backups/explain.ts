import { commandLine } from '../command-line.ts'
import { StartError } from '../errors.ts'
import { isLoss } from '../export/queries.ts'
import { StoreTrouble } from '../media/store-trouble.ts'
import { notABackup } from './contents.ts'
import { BackupDamaged, WrongPassphrase } from './damage.ts'
import { NewerFormat, NotABackup } from './read.ts'

/** What is wrong with a file, for who named it; anything else as it is. */
export function asPlainError(file: string, error: unknown): unknown {
  if (error instanceof BackupDamaged)
    return new StartError(`${file} is damaged: ${error.message}. Nothing was changed. Take another copy of it.`)
  if (error instanceof WrongPassphrase) return new StartError(`${error.message} Nothing was changed.`)
  if (error instanceof NewerFormat)
    return new StartError(`${file} was made by a newer Bloggy. Restore it with that one. Nothing was changed.`)
  if (error instanceof NotABackup) return new StartError(notABackup(file))
  if (error instanceof StoreTrouble) return new StartError(`${error.message}. Run it again when it is back.`)
  const { code = '', message = '' } = error as { code?: string; message?: string }
  // What the schema of the backup does not allow: its tables were altered by hand, or the file was.
  if (/^(22|23)\w{3}$|^42(703|804|P01)$/.test(code))
    return new StartError(
      `PostgreSQL refused a part of ${file}: ${message} (${code}). Nothing was restored. Tables of the blog it is of were altered: \`${commandLine('doctor')}\` says how there; mend that and make another backup.`,
    )
  if (isLoss(error)) return new StartError('The connection to PostgreSQL was lost on the way. Run it again.')
  return error
}
