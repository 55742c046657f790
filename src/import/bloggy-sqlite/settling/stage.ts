// Brings the streamed tables into a schema beside the blog's own: each part with the note of how far it came, in one
// transaction, so that a kill at any moment loses a part at most.
import type { StreamChunk } from '../messages.ts'
import { addCounts } from '../messages.ts'
import { encoders } from '../reading/encode.ts'
import { type TablePlan, plan } from '../plan.ts'
import { type Run, isContinued, mapOf, progressOf, saveTable, schemaOf, tableInfo, takenIds } from '../run.ts'

// What is noted of rows until their part is written.
const mostKept = 16_000_000

/** Only tables that may be swapped in have their name already: what they refer to is looked up by name. */
export function stagedName(table: string): string {
  return table === 'posts' || table === 'comments' ? table : `staged_${table}`
}

/** Tables like the blog's own, without keys and indexes; called again, it leaves what is there. */
export async function createStaging({ db, importId }: Run): Promise<void> {
  const schema = schemaOf({ importId })
  await db.query(`create schema if not exists ${schema}`)
  for (const table of ['users', 'posts', 'comments', 'audit_events']) {
    await db.query(
      `create table if not exists ${schema}.${stagedName(table)}
        (like public.${table} including defaults including generated including constraints including identity including storage)`,
    )
  }
  await db.query(`create unique index if not exists staged_users_slug on ${schema}.staged_users (slug)`)
  await db.query(`create index if not exists staged_users_email on ${schema}.staged_users (lower(email))`)
  await db.query(`create table if not exists ${schema}.updates (like public.import_rows)`)
}

export async function dropStaging({ db, importId }: { db: Run['db']; importId: number }): Promise<void> {
  await db.query(`drop schema if exists ${schemaOf({ importId })} cascade`)
}

/** Posts, comments, events, and the rows of strangers' tables, which go to import_leftovers at once. */
export async function stageTables(run: Run): Promise<void> {
  for (const table of plan) {
    const info = table.way === 'stream' ? tableInfo(run, table.source) : undefined
    if (info) await stageTable(run, info.name, table)
  }
  for (const { name, source } of run.reader.tables) if (source === null) await stageTable(run, name, undefined)
}

async function stageTable(run: Run, name: string, table: TablePlan | undefined): Promise<void> {
  const key = table?.source ?? name
  const progress = progressOf(run, key)
  // The note of how far it came holds every table: a file with thousands of empty ones would take minutes.
  if (progress.rows === 0) progress.isDone = true
  if (progress.isDone) return
  const { firstFree, newIds, lastKey } = progress
  const request = {
    table: name,
    after: lastKey,
    purpose: 'copy' as const,
    hasPrior: isContinued(run),
    ...(table && {
      taken: { ...(await takenIds(run, table.source)), firstFree: firstFree + newIds },
      maps: { users: await mapOf(run, 'users'), posts: await mapOf(run, 'posts') },
    }),
  }
  const begunWith = newIds
  const chunks = run.reader.read(request)
  for (;;) {
    const isMore = await run.db.transaction(async () => {
      const part = table ? await copyPart(run, table, chunks) : await collect(run, chunks)
      for (const chunk of part) {
        progress.newIds = begunWith + chunk.newIds
        progress.lastKey = chunk.lastKey
        progress.read += chunk.read
        addCounts(progress.counts, chunk.counts)
      }
      await copyBookkeeping(run, part)
      if (part.length === 0) progress.isDone = true
      await saveTable(run, key)
      return part.length > 0
    })
    if (!isMore) return
    run.onStep({ phase: 'reading', label: name, done: progress.read, total: progress.rows })
  }
}

/** Rows of the table itself, until there are enough for one transaction. */
async function copyPart(run: Run, table: TablePlan, chunks: AsyncGenerator): Promise<StreamChunk[]> {
  const part: StreamChunk[] = []
  const progress = progressOf(run, table.source)
  const into = `${schemaOf(run)}.${stagedName(table.target)} (${encoders[table.source]!.columns.join(', ')})`
  // Asked for first: a COPY that is open while nothing comes would be left open by a reader that fails.
  const first = await nextChunk(chunks)
  if (!first) return []
  const contents = async function* () {
    let bytes = 0
    let kept = 0
    let read = progress.read
    let sent: Uint8Array | undefined
    for (let chunk: StreamChunk | undefined = first; chunk; chunk = await nextChunk(chunks)) {
      const { content } = chunk
      part.push({ ...chunk, content: new Uint8Array() })
      yield content
      // The end of this one may still be on its way; what came before is with PostgreSQL.
      if (sent) run.reader.reuse(sent)
      sent = content
      bytes += chunk.bytes
      read += chunk.read
      run.onStep({ phase: 'reading', label: table.source, done: read, total: progress.rows })
      kept += chunk.rows.length + chunk.updates.length + chunk.leftovers.length
      if (bytes >= run.partBytes || kept >= mostKept) return
    }
  }
  await run.db.copyIn(into, contents())
  return part
}

async function collect({ partBytes }: Run, chunks: AsyncGenerator): Promise<StreamChunk[]> {
  const part: StreamChunk[] = []
  let bytes = 0
  while (bytes < Math.min(partBytes, mostKept)) {
    const chunk = await nextChunk(chunks)
    if (!chunk) break
    part.push(chunk)
    bytes += chunk.rows.length + chunk.leftovers.length
  }
  return part
}

async function nextChunk(chunks: AsyncGenerator): Promise<StreamChunk | undefined> {
  const { value, done } = await chunks.next()
  return done ? undefined : (value as StreamChunk)
}

async function copyBookkeeping(run: Run, part: StreamChunk[]): Promise<void> {
  const columns = 'chain_id, source_table, source_key, import_id, fate, target_id, checksum, changes, original'
  const rows = part.map((chunk) => chunk.rows)
  const blocks = part.map((chunk) => chunk.blocks)
  const updates = part.map((chunk) => chunk.updates)
  const leftovers = part.map((chunk) => chunk.leftovers)
  await copyAll(run, `import_rows (${columns})`, rows)
  await copyAll(run, 'import_blocks (chain_id, source_table, first_key, last_key, import_id, keys, checksums)', blocks)
  await copyAll(run, `${schemaOf(run)}.updates (${columns})`, updates)
  await copyAll(run, 'import_leftovers (import_id, source_table, source_key, source_column, reason, data)', leftovers)
}

async function copyAll({ db }: Run, into: string, parts: Uint8Array[]): Promise<void> {
  if (parts.some(({ length }) => length > 0)) await db.copyIn(into, parts)
}
