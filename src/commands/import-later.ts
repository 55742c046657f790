// What is done with an import when it is over: `bloggy import verify`, `undo` and `list`.
import { commandLine } from '../command-line.ts'
import { loadConfig } from '../config.ts'
import { BulkConnection } from '../db/copy.ts'
import { limitsOf, withDatabase } from '../db/open.ts'
import { StartError } from '../errors.ts'
import { openForReading } from '../import/bloggy-sqlite/file/open.ts'
import { printable } from '../import/bloggy-sqlite/file/refused-file.ts'
import { snapshotFolderOf } from '../import/bloggy-sqlite/file/snapshot.ts'
import { type Undone, undoImport as undo } from '../import/bloggy-sqlite/settling/undo.ts'
import { type LaterProof, verifyLater } from '../import/bloggy-sqlite/settling/verify-later.ts'
import { progressLine } from '../import/progress.ts'
import { listImports as list } from '../import/queries.ts'
import { stateOf } from '../import/state.ts'
import { hasTurn } from '../import/turn.ts'
import { answer } from './answer.ts'
import { exitCodes, numberOf } from './import.ts'
import { requireSchema } from './require-schema.ts'
import { keepHeapSmall } from './small-heap.ts'

export async function verifyImport(id: string, path: string, { json }: { json?: boolean }): Promise<void> {
  keepHeapSmall()
  const config = loadConfig()
  const importId = numberOf(id)
  const line = progressLine(process.stderr)
  const file = await openForReading(path, { snapshotFolder: snapshotFolderOf(config.dataFolder) })
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
    console.log(json ? JSON.stringify(proof, null, 2) : proofText(importId, printable(path), proof))
    const isEqual = proof.differences.length === 0 && lostOf(proof).length === 0
    process.exitCode = isEqual ? exitCodes.complete : exitCodes.different
  } finally {
    line.end()
    await file.close()
  }
}

type UndoOptions = { by?: string; address?: string; json?: boolean }

export async function undoImport(id: string, { by: userId, address, json }: UndoOptions = {}): Promise<void> {
  const importId = numberOf(id)
  const by = { userId: userId === undefined ? null : Number(userId), ip: address ?? null }
  const undone = await withBulk(async (db) => {
    if (!(await hasTurn(db))) throw new StartError('Another import is running on this blog. Wait until it is done.')
    return await undo(db, importId, by)
  })
  answer(json, { import_id: importId, ...undone }, undoneText(importId, undone))
}

export async function listImports({ json }: { json?: boolean }): Promise<void> {
  const imports = await withDatabase(loadConfig(), async ({ db, reader }) => {
    await requireSchema(reader)
    return await list(db)
  })
  if (json) {
    const data = imports.map((one) => ({ ...one, state: stateOf(one, one.counts?.kept_aside) }))
    return console.log(JSON.stringify({ data, next: null }, null, 2))
  }
  if (imports.length === 0) {
    console.log(`Nothing was imported into this blog. ${commandLine('import FILE --inspect')} looks into a file.`)
    return
  }
  const shown = imports.map((one) => ({ ...one, state: stateOf(one, one.counts?.kept_aside) }))
  const width = Math.max(...shown.map(({ state }) => state.length))
  for (const { id, state, file_name, family, continues_id, started_at, error } of shown) {
    const when = started_at.toISOString().slice(0, 16).replace('T', ' ')
    const about = `${printable(family)}${continues_id === null ? '' : `, continues import ${continues_id}`}`
    console.log(`${String(id).padStart(4)}  ${state.padEnd(width)}  ${when} UTC  ${printable(file_name)} (${about})`)
    if (error) console.log(`      ${printable(error.split('\n')[0] ?? '')}`)
  }
}

async function withBulk<T>(work: (db: BulkConnection) => Promise<T>): Promise<T> {
  const config = loadConfig()
  return await withDatabase(config, async ({ reader, target }) => {
    await requireSchema(reader)
    const db = await BulkConnection.open(target, limitsOf(config), 'bloggy import')
    try {
      return await work(db)
    } finally {
      await db.close()
    }
  })
}

/** Lines about leftovers that are not there any more. */
function lostOf({ leftovers }: LaterProof): string[] {
  return leftovers
    .filter(({ kept, found }) => found < kept)
    .map(({ table, reason, kept, found }) => `  ${table}: ${kept - found} of ${kept} leftovers (${reason}) are gone`)
}

function proofText(importId: number, file: string, proof: LaterProof) {
  const { tables, differences, differencesMore, unexplained } = proof
  const lost = lostOf(proof)
  const rows = tables.reduce((sum, table) => sum + table.compared, 0)
  const compared = rows.toLocaleString('en')
  if (differences.length === 0) {
    const equal = `Import ${importId} and ${file} are equal: ${compared} rows were compared, column by column.`
    return lost.length === 0 ? equal : `${equal}\n\nWhat had no place here is not all there:\n${lost.join('\n')}`
  }
  const lines = differences.slice(0, 50).map(({ table, key, what }) => `  ${table} ${key}: ${what}`)
  lines.push(...lost)
  const more = differencesMore + Math.max(0, differences.length - 50)
  if (more > 0) lines.push(`  … and ${more.toLocaleString('en')} more (--json names a thousand)`)
  if (rows > 0 && differences.length + differencesMore > rows / 2) {
    return `This is hardly the file of import ${importId}: more than half of its rows are others.\n\n${lines.join('\n')}`
  }
  const word =
    unexplained.length === 0
      ? 'People worked here or there since; nothing is missing that they did not touch.'
      : `${unexplained.length} of them without a trace of somebody at work here: changed past the program, or damaged.`
  return `Import ${importId} and ${file} differ; ${compared} rows were compared.\n\n${lines.join('\n')}\n\n${word}`
}

function undoneText(importId: number, { removed, kept }: Undone): string {
  const gone = Object.entries(removed).filter(([, rows]) => rows > 0)
  const stays = kept.map(({ table, why, rows }) => `  ${table}: ${rows.toLocaleString('en')}, ${why}`)
  const sections = [
    gone.length === 0
      ? [`Took back import ${importId}: nothing had to be removed.`]
      : [`Took back import ${importId}:`, ...gone.map(([table, rows]) => `  ${table}: ${rows.toLocaleString('en')}`)],
    stays.length > 0 ? ['Stays:', ...stays] : [],
    removed.users ? ['Roles, memberships and linked accounts of people who went are gone with them.'] : [],
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}
