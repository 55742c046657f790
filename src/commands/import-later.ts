// What is done with an import when it is over: `bloggy import verify`, `undo` and `list`.
import { join } from 'node:path'
import { commandLine } from '../command-line.ts'
import { loadConfig } from '../config.ts'
import { BulkConnection } from '../db/copy.ts'
import { readSchemaState, requireCurrent } from '../db/migrate.ts'
import { limitsOf, withDatabase } from '../db/open.ts'
import { StartError } from '../errors.ts'
import { openForReading } from '../import/bloggy-sqlite/file/open.ts'
import { type Undone, undoImport as undo } from '../import/bloggy-sqlite/settling/undo.ts'
import { type LaterProof, verifyLater } from '../import/bloggy-sqlite/settling/verify-later.ts'
import { progressLine } from '../import/progress.ts'
import { listImports as list } from '../import/queries.ts'
import { exitCodes, numberOf } from './import.ts'
import { keepHeapSmall } from './small-heap.ts'

export async function verifyImport(id: string, path: string, { json }: { json?: boolean }): Promise<void> {
  keepHeapSmall()
  const config = loadConfig()
  const importId = numberOf(id)
  const line = progressLine(process.stderr)
  const file = await openForReading(path, { snapshotFolder: join(config.dataFolder, 'snapshots') })
  file.db.close()
  try {
    const proof = await withBulk(async (db) => {
      const keys = { old: config.legacyTokenKey, ours: config.oauthTokenKeys }
      return await verifyLater(db, importId, file.path, {
        keys,
        onStep: ({ label, done, total }) => line.update({ label: `comparing ${label}`, done, total }),
      })
    })
    line.end()
    console.log(json ? JSON.stringify(proof, null, 2) : proofText(importId, path, proof))
    process.exitCode = proof.differences.length > 0 ? exitCodes.different : exitCodes.complete
  } finally {
    line.end()
    await file.close()
  }
}

type UndoOptions = { by?: string; address?: string }

export async function undoImport(id: string, { by: userId, address }: UndoOptions = {}): Promise<void> {
  const importId = numberOf(id)
  const by = { userId: userId === undefined ? null : Number(userId), ip: address ?? null }
  const undone = await withBulk(async (db) => {
    const { mine } = await db.one<{ mine: boolean }>('select pg_try_advisory_lock(80810003) as mine')
    if (!mine) throw new StartError('Another import is running on this blog. Wait until it is done.')
    return await undo(db, importId, by)
  })
  console.log(undoneText(importId, undone))
}

export async function listImports(): Promise<void> {
  const imports = await withDatabase(loadConfig(), async ({ db, reader }) => {
    requireCurrent(await readSchemaState(reader))
    return await list(db)
  })
  if (imports.length === 0) {
    console.log(`Nothing was imported into this blog. ${commandLine('import FILE --inspect')} looks into a file.`)
    return
  }
  for (const { id, file_name, family, state, continues_id, finished_at, started_at, error } of imports) {
    const when = (finished_at ?? started_at).toISOString().slice(0, 16).replace('T', ' ')
    const after = continues_id === null ? '' : `, after import ${continues_id}`
    console.log(`${String(id).padStart(4)}  ${state.padEnd(8)}  ${when} UTC  ${file_name} (${family}${after})`)
    if (error) console.log(`      ${error.split('\n')[0]}`)
  }
}

async function withBulk<T>(work: (db: BulkConnection) => Promise<T>): Promise<T> {
  const config = loadConfig()
  return await withDatabase(config, async ({ reader, target }) => {
    requireCurrent(await readSchemaState(reader))
    const db = await BulkConnection.open(target, limitsOf(config), 'bloggy import')
    try {
      return await work(db)
    } finally {
      await db.close()
    }
  })
}

function proofText(importId: number, path: string, { tables, differences, differencesMore, unexplained }: LaterProof) {
  const rows = tables.reduce((sum, table) => sum + table.compared, 0)
  const compared = rows.toLocaleString('en')
  if (differences.length === 0) {
    return `Import ${importId} and ${path} are equal: ${compared} rows compared, every checksum the same.`
  }
  const lines = differences.slice(0, 50).map(({ table, key, what }) => `  ${table} ${key}: ${what}`)
  const more = differencesMore + Math.max(0, differences.length - 50)
  if (more > 0) lines.push(`  … and ${more.toLocaleString('en')} more (--json names a thousand)`)
  if (rows > 0 && differences.length + differencesMore > rows / 2) {
    return `This is hardly the file of import ${importId}: more than half of its rows are others.\n\n${lines.join('\n')}`
  }
  const word =
    unexplained.length === 0
      ? 'People worked here or there since; nothing is missing that they did not touch.'
      : `${unexplained.length} of them without a trace of somebody at work here: changed past the program, or damaged.`
  return `Import ${importId} and ${path} differ; ${compared} rows were compared.\n\n${lines.join('\n')}\n\n${word}`
}

function undoneText(importId: number, { removed, kept }: Undone): string {
  const lines = Object.entries(removed).map(([table, rows]) => `  ${table}: ${rows.toLocaleString('en')}`)
  const stays = kept.map(({ table, why, rows }) => `  ${table}: ${rows.toLocaleString('en')}, ${why}`)
  return [
    `Took back import ${importId}:`,
    ...lines,
    ...(stays.length > 0 ? ['', 'Stays:', ...stays] : []),
    '',
    'Roles, memberships and linked accounts of people who went are gone with them.',
  ].join('\n')
}
