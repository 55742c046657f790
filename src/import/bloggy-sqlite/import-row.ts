// The row of an import among the others, from its beginning to its end.
import { basename } from 'node:path'
import type { BulkConnection } from '../../db/copy.ts'
import type { Source } from './import.ts'
import type { Progress, Run } from './run.ts'
import { dropStaging } from './settling/stage.ts'
import { takeTurn } from '../turn.ts'

type BeginOptions = { isRehearsal: boolean; startedBy?: number | null }

/** After the connection of an import was ended on purpose: a rehearsal goes, an import can be continued. */
export async function noteStopped(db: BulkConnection): Promise<void> {
  await takeTurn(db)
  const open = await db.query<{ id: number; is_rehearsal: boolean }>(
    `select id, is_rehearsal from imports where state = 'running'`,
  )
  for (const { id, is_rehearsal } of open) {
    if (is_rehearsal) await forget(db, id)
    else await db.query(`update imports set state = 'failed', error = 'Stopped.', step = null where id = $1`, [id])
  }
}

export type Begun = { id: number; progress?: Progress }

/** The import that was interrupted on the same file, or a new one. What was interrupted on another file is dropped. */
export async function begin(
  db: BulkConnection,
  source: Source,
  fingerprint: string,
  options: BeginOptions,
): Promise<Begun> {
  const open = await db.query<{ id: number; fingerprint: string; is_rehearsal: boolean; progress: Progress }>(
    `select id, fingerprint, is_rehearsal, progress from imports where state in ('running', 'failed') order by id`,
  )
  let resumed: Begun | undefined
  for (const { id, progress, ...found } of open) {
    const isSame = found.fingerprint === fingerprint && !found.is_rehearsal && !options.isRehearsal
    if (isSame && !resumed && progress.tables) resumed = { id, progress }
    // A rehearsal leaves an interrupted import alone, so that it can go on afterwards.
    else if (!options.isRehearsal || found.is_rehearsal) await forget(db, id)
  }
  if (resumed) {
    await db.query(`update imports set state = 'running', error = null, updated_at = now() where id = $1`, [resumed.id])
    return resumed
  }
  const { id } = await db.one<{ id: number }>(
    `insert into imports (source, file_name, file_bytes, fingerprint, family, is_rehearsal, started_by)
      values ('bloggy-sqlite', $1, $2, $3, $4, $5, $6) returning id`,
    [basename(source.name), source.bytes, fingerprint, source.family, options.isRehearsal, options.startedBy ?? null],
  )
  return { id }
}

/** Takes away what an import that never settled had put aside. */
export async function forget(db: BulkConnection, importId: number): Promise<void> {
  await dropStaging({ db, importId })
  await db.transaction(async () => {
    await db.query('delete from import_rows where import_id = $1', [importId])
    await db.query('delete from import_blocks where import_id = $1', [importId])
    await db.query('delete from imports where id = $1', [importId])
  })
}

/** What failed while it settled would fail again: the next run decides anew. */
export async function noteError({ db, importId, progress }: Run, error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error)
  await db.query(
    `update imports set state = 'failed', error = $2, step = null, updated_at = now(),
        progress = case when $3 then '{}' else progress end
      where id = $1`,
    [importId, message.slice(0, 2000), progress.phase === 'settling'],
  )
}
