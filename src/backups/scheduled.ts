// A backup as the timetable makes it: to where the settings say, noted from its beginning, and older ones go.
import type { Config } from '../config.ts'
import { BulkConnection } from '../db/copy.ts'
import type { ConnectionTarget } from '../db/connection-string.ts'
import type { Db, Limits } from '../db/pool.ts'
import { StartError } from '../errors.ts'
import { openStore } from '../media/store.ts'
import { type MakeOptions, type Made, makeBackup } from './make.ts'
import { nameOf, openPlace } from './place.ts'
import { beginNote, noteDone, noteFailure, takeMakerLock } from '../backup-log/queries.ts'

export type Scheduled = Made & { name: string; removed: string[] }

/** Throws a StartError while another process makes one. */
export async function makeScheduled(
  config: Config,
  db: Db,
  target: ConnectionTarget,
  limits: Limits,
  options: Pick<MakeOptions, 'signal' | 'onProgress'>,
): Promise<Scheduled> {
  const place = openPlace(config)
  const lock = await BulkConnection.open(target, limits, 'bloggy backup lock')
  try {
    if (!(await takeMakerLock(lock))) throw new StartError('Another process is making a backup.')
    const name = nameOf(new Date())
    const passphrase = config.backupPassphrase
    const id = await beginNote(db, name, passphrase !== undefined)
    try {
      const parts = { ...options, store: openStore(config), passphrase }
      const made = await makeBackup(target, limits, parts, (file) => place.put(name, file))
      const old = (await place.list()).slice(config.backupKeep)
      for (const stored of old) await place.remove(stored.name)
      const removed = old.map((stored) => stored.name)
      const rows = Object.values(made.manifest.tables).reduce((sum, table) => sum + table.rows, 0)
      await noteDone(db, id, { name, bytes: made.bytes, rows, removed })
      return { ...made, name, removed }
    } catch (error) {
      await noteFailure(db, id, name, (error as Error).message)
      throw error
    }
  } finally {
    await lock.close()
  }
}
