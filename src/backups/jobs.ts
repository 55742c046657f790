import { isBackupDue } from '../backup-log/queries.ts'
import type { Db } from '../db/pool.ts'
import type { BackupMaker } from './process.ts'

/** Where no maker is, as in a command, nothing is made. */
export async function backUpWhenDue(db: Db, everyHours: number | undefined, maker: BackupMaker | undefined) {
  if (everyHours !== undefined && maker && (await isBackupDue(db, everyHours))) maker.start()
}
