// Rows that came with an earlier import and have changed in the file since. Here they change only when nobody has
// touched them here.
import { encoders } from '../reading/encode.ts'
import { replaceEarlier } from './book.ts'
import { type Fate, count } from '../messages.ts'
import { type SourceTable, planOf } from '../plan.ts'
import { type Run, progressOf, schemaOf } from '../run.ts'
import { stagedName } from './stage.ts'
import { prepareReading } from './target-fields.ts'
import { readDecided, readStreamed } from './target-rows.ts'

export async function applyUpdates(run: Run): Promise<void> {
  const { db } = run
  const updates = `${schemaOf(run)}.updates`
  // A row that cannot come along any more stays here as it came; the file's state is among the leftovers.
  await db.query(
    `delete from ${updates} as late where (fate not in ('copied', 'changed') or target_id is null) and not exists (
      select from import_rows as known where known.chain_id = late.chain_id and known.source_table = late.source_table
        and known.source_key = late.source_key and known.fate = 'set aside')`,
  )
  for (const source of ['users', 'posts', 'comments', 'auth_events'] as const) {
    const [bounds] = await db.query<{ low: number | null; high: number | null }>(
      `select min(source_key) as low, max(source_key) as high from ${updates} where source_table = $1`,
      [source],
    )
    if (bounds?.low === null || bounds?.high === null || !bounds) continue
    await setAsideChanged(run, source, bounds.low, bounds.high)
    await updateRows(run, source)
  }
  await db.query(
    `insert into import_rows (chain_id, source_table, source_key, import_id, fate, target_id, checksum, changes, original)
      select chain_id, source_table, source_key,
        -- The import that brought the row first, so that taking back this one leaves it.
        coalesce(
          (select import_id from import_blocks as block
            where block.chain_id = u.chain_id and block.source_table = u.source_table
              and u.source_key between first_key and last_key order by import_id limit 1),
          import_id),
        fate, target_id, checksum, changes, original from ${updates} as u
      ${replaceEarlier}`,
  )
}

const rangeKeys = 20_000

/** What was edited or deleted here stays so; the new state of the file is kept among the leftovers. */
async function setAsideChanged(run: Run, source: SourceTable, low: number, high: number): Promise<void> {
  const reading = { ...(await prepareReading(run, planOf(source))), givesTaken: true }
  for (let from: number | null = low; from !== null; from = await nextUpdate(run, source, from + rangeKeys)) {
    const to = Math.min(high, from + rangeKeys - 1)
    const changed: number[] = []
    if (source === 'users') {
      await readDecided(reading, from, to, ({ key, fate, recorded, checksum }) => {
        if (fate !== 'set aside' && checksum !== recorded) changed.push(key)
      })
    } else {
      const { keys, targets, checksums, found } = await readStreamed(reading, false, from, to)
      for (const [index, key] of keys.entries()) {
        if (targets[index] !== 0 && found[index] !== checksums[index]) changed.push(key)
      }
    }
    if (changed.length > 0) await setAside(run, source, changed)
  }
}

async function nextUpdate(run: Run, source: SourceTable, from: number): Promise<number | null> {
  const { next } = await run.db.one<{ next: number | null }>(
    `select min(source_key) as next from ${schemaOf(run)}.updates where source_table = $1 and source_key >= $2`,
    [source, from],
  )
  return next
}

async function setAside(run: Run, source: SourceTable, keys: number[]): Promise<void> {
  const { db, importId, chainId } = run
  const staged = `${schemaOf(run)}.${stagedName(planOf(source).target)}`
  const rows = await db.query<{ target_id: number; source_key: number; fate: Fate }>(
    `delete from ${schemaOf(run)}.updates where source_table = $1 and source_key = any($2)
      returning target_id, source_key, fate`,
    [source, keys],
  )
  if (rows.length === 0) return
  // A state that is kept already is not kept again by every import after.
  const { kept } = await db.one<{ kept: number }>(
    `with states as (
        select source_key, to_jsonb(staged) - 'password_hash' - 'body_html' - 'excerpt' - 'slug' as data
        from ${staged} as staged join jsonb_to_recordset($3::jsonb) as u (target_id bigint, source_key bigint)
          on target_id = staged.id),
      added as (
        insert into import_leftovers (import_id, source_table, source_key, reason, data)
        select $1, $2, source_key, 'changed-here', data from states
        where not exists (select from import_leftovers as known join imports on imports.id = known.import_id
          where coalesce(continues_id, imports.id) = $4 and reason = 'changed-here' and known.source_table = $2
            and known.source_key = states.source_key and known.data = states.data)
        returning 1)
      select count(*) as kept from added`,
    [importId, source, JSON.stringify(rows), chainId],
  )
  // What was deleted here would come back with what is new.
  await db.query(`delete from ${staged} where id = any($1)`, [rows.map(({ target_id }) => target_id)])
  const { counts } = progressOf(run, source)
  for (const { fate } of rows) count(counts.fates, fate, -1)
  count(counts.fates, 'set aside', kept)
  count(counts.fates, 'already there', rows.length - kept)
  if (kept > 0) count(counts.reasons, 'changed-here', kept)
}

const kept: Record<string, string[]> = { posts: ['id', 'slug'], users: ['id', 'slug'] }
const userColumns = ['email', 'password_hash', 'first_name', 'last_name', 'state', 'created_at', 'updated_at', 'name']

async function updateRows(run: Run, source: SourceTable): Promise<void> {
  const { target } = planOf(source)
  const columns = (source === 'users' ? userColumns : encoders[source]!.columns).filter(
    (column) => !(kept[target] ?? ['id']).includes(column),
  )
  const list = columns.join(', ')
  const { updated } = await run.db.one<{ updated: number }>(
    `with done as (update public.${target} as here set (${list}) = (select ${list}
        from ${schemaOf(run)}.${stagedName(target)} as staged where staged.id = here.id)
      where id in (select target_id from ${schemaOf(run)}.updates where source_table = $1) returning 1)
      select count(*) as updated from done`,
    [source],
  )
  if (updated > 0) count(progressOf(run, source).counts.changes, 'updated', updated)
  // A writer's own excerpt is no part of what the file says, nor is that the text is for members.
  if (source === 'posts')
    await run.db.query(
      `update public.posts set excerpt = own_excerpt where (own_excerpt <> '' or visibility = 'members')
        and id in (select target_id from ${schemaOf(run)}.updates where source_table = 'posts')`,
    )
}
