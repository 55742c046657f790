// Takes back what an import brought: rows that are as they came, and that nobody has built on since.
import { commandLine } from '../../../command-line.ts'
import { RowWriter } from '../../../db/copy-format.ts'
import type { BulkConnection } from '../../../db/copy.ts'
import { StartError } from '../../../errors.ts'
import { numberAt } from '../../blocks.ts'
import { type SourceTable, plan, planOf } from '../plan.ts'
import { type Run, newRun } from '../run.ts'
import { leaveJob } from './leave-job.ts'
import { hasOwner } from './owner.ts'
import { isBuiltOn } from './references.ts'
import { prepareReading } from './target-fields.ts'
import { readStreamed } from './target-rows.ts'

/** By table: what went, and what stays and why. */
export type Undone = { removed: Record<string, number>; kept: { table: string; why: string; rows: number }[] }

/** Who asked for it, and from where; nobody on the command line. */
export type UndoneBy = { userId: number | null; ip: string | null }

/** One transaction. Throws a StartError when there is no such import, or nothing of it is left. */
export async function undoImport(db: BulkConnection, importId: number, by?: UndoneBy): Promise<Undone> {
  const [found] = await db.query<{ state: string; chain_id: number; file_name: string }>(
    'select state, coalesce(continues_id, id) as chain_id, file_name from imports where id = $1',
    [importId],
  )
  if (!found) throw new StartError(`There is no import ${importId}. \`${commandLine('import list')}\` shows them.`)
  if (found.state === 'undone') throw new StartError(`Import ${importId} was taken back already.`)
  if (found.state !== 'complete') {
    throw new StartError(
      `Import ${importId} never became part of the blog. Run the import again to finish it; a file that differs replaces it.`,
    )
  }
  const [later] = await db.query<{ id: number }>(
    `select id from imports where continues_id = $1 and id > $2 and state = 'complete' order by id desc limit 1`,
    [found.chain_id, importId],
  )
  if (later) {
    throw new StartError(
      `Import ${later.id} built on import ${importId}. Take back import ${later.id} first: newest first.`,
    )
  }
  const run = newRun({ db, importId, chainId: found.chain_id })
  return await db.transaction(async () => {
    await db.query(`set local bloggy.brings_many = 'yes'`)
    const undone: Undone = { removed: {}, kept: [] }
    for (const { source } of streamed) await collect(run, source, undone)
    await removeContent(run, undone)
    await removeUsers(run, undone)
    await removeRights(run, undone)
    await closeIfUnowned(run)
    await forgetRows(run)
    await leaveJob(db, 'count-posts', {})
    await db.query('select note_page_change($1)', ['site'])
    await db.query(
      `update imports set state = 'undone', updated_at = now(), options = options || jsonb_build_object('undone', $2::jsonb)
        where id = $1`,
      [importId, undone],
    )
    await db.query(
      `insert into audit_events (action, subject_type, subject_id, origin, description, details, actor_id, client_ip)
        values ('import.undone', 'import', $1, 'import', $2, $3, (select id from users where id = $4), $5)`,
      [importId, found.file_name, undone.removed, by?.userId ?? null, by?.ip ?? null],
    )
    return undone
  })
}

const streamed = plan.filter(({ way }) => way === 'stream')
const rangeKeys = 20_000

/** Into a table of its own: the ids that are as they came. Rows somebody changed stay. */
async function collect(run: Run, source: SourceTable, undone: Undone): Promise<void> {
  const { db, chainId } = run
  await db.query(`create temporary table undo_${source} (id bigint primary key) on commit drop`)
  // What was deleted here goes as well.
  const reading = { ...(await prepareReading(run, planOf(source))), seesDeleted: true }
  const { low, high } = await db.one<{ low: number | null; high: number | null }>(
    `select min(low) as low, max(high) as high from (
      select min(source_key) as low, max(source_key) as high from import_rows where chain_id = $1 and source_table = $2
      union all select min(first_key), max(last_key) from import_blocks where chain_id = $1 and source_table = $2) as bounds`,
    [chainId, source],
  )
  if (low === null || high === null) return
  let changed = 0
  for (let from: number | null = low; from !== null; from = await nextKey(run, source, from + rangeKeys)) {
    const writer = new RowWriter(1 << 16)
    const rows = await readStreamed(reading, false, from, Math.min(high, from + rangeKeys - 1))
    for (const [index, target] of rows.targets.entries()) {
      if (target === 0 || rows.ours[index] !== 1 || Number.isNaN(rows.found[index]!)) continue
      if (rows.found[index] === rows.checksums[index]) {
        writer.startRow(1)
        writer.int64(target)
      } else changed++
    }
    await db.copyIn(`undo_${source}`, [writer.take()])
  }
  if (changed > 0) undone.kept.push({ table: planOf(source).target, why: 'changed here since', rows: changed })
}

/** Keys may lie far apart: the first one from here on. */
async function nextKey({ db, chainId }: Run, source: SourceTable, from: number): Promise<number | null> {
  const { next } = await db.one<{ next: number | null }>(
    `select least(
      (select min(source_key) from import_rows where chain_id = $1 and source_table = $2 and source_key >= $3),
      (select min(first_key) from import_blocks where chain_id = $1 and source_table = $2 and first_key >= $3),
      (select min(key) from import_blocks, generate_series(0, length(keys) / 8 - 1) as place,
          lateral (select ${numberAt('keys')} as key) as cut
        where chain_id = $1 and source_table = $2 and first_key < $3 and last_key >= $3 and key >= $3)) as next`,
    [chainId, source, from],
  )
  return next
}

async function removeContent({ db }: Run, undone: Undone): Promise<void> {
  for (const { source } of streamed) await db.query(`analyze undo_${source}`)
  const replied = isBuiltOn('comments')
  await keep(
    db,
    undone,
    'comments',
    `id in (select id from undo_comments) and version = 1 and ${replied}`,
    'answered here',
  )
  await remove(db, undone, 'comments', `id in (select id from undo_comments) and version = 1 and not ${replied}`)
  await remove(db, undone, 'audit_events', `id in (select id from undo_auth_events)`)
  const answered = isBuiltOn('posts', (column) => column === 'comments.post_id')
  const worked = `(version > 1 or ${isBuiltOn('posts', (column) => column !== 'comments.post_id')})`
  await keep(db, undone, 'posts', `id in (select id from undo_posts) and ${answered}`, 'somebody commented here since')
  await keep(
    db,
    undone,
    'posts',
    `id in (select id from undo_posts) and not ${answered} and ${worked}`,
    'worked on here',
  )
  await remove(db, undone, 'posts', `id in (select id from undo_posts) and not ${answered} and not ${worked}`)
}

async function removeUsers(run: Run, undone: Undone): Promise<void> {
  const { db } = run
  const brought = `id in (${broughtIds(run, 'users')})`
  const active = `exists (select from audit_events where action <> 'legacy.event'
    and (actor_id = users.id or subject_type = 'user' and subject_id = users.id))`
  const writes = isBuiltOn('users')
  await keep(db, undone, 'users', `${brought} and ${active}`, 'signed in or changed here since')
  await keep(db, undone, 'users', `${brought} and not ${active} and ${writes}`, 'wrote something that stays')
  await remove(db, undone, 'users', `${brought} and not ${active} and not ${writes}`)
}

/** What belongs to people went with them, or stays with them; others came with an earlier import. Roles, groups and permissions stay while somebody has them. */
async function removeRights(run: Run, undone: Undone): Promise<void> {
  const { db } = run
  const rules: [string, SourceTable, string][] = [
    ['roles', 'roles', isBuiltOn('roles')],
    ['groups', 'auth_groups', isBuiltOn('groups')],
    [
      'role_permissions',
      'role_permissions',
      'exists (select from roles where roles.id = role_id and roles.id in (KEPT))',
    ],
    ['permissions', 'permissions', isBuiltOn('permissions')],
  ]
  const others = `user_id not in (${broughtIds(run, 'users')})`
  const accounts = `select id from oauth_accounts where ${others}`
  await remove(db, undone, 'user_roles', `id in (${broughtIds(run, 'user_roles')}) and ${others}`)
  await remove(db, undone, 'group_memberships', `id in (${broughtIds(run, 'auth_memberships')}) and ${others}`)
  await remove(
    db,
    undone,
    'oauth_tokens',
    `id in (${broughtIds(run, 'oauth_tokens')}) and oauth_account_id in (${accounts})`,
  )
  await remove(db, undone, 'oauth_accounts', `id in (${broughtIds(run, 'oauth_accounts')}) and ${others}`)
  for (const [table, source, used] of rules) {
    const brought = `id in (${broughtIds(run, source)})`
    const inUse = used.replace('KEPT', broughtIds(run, 'roles'))
    await keep(db, undone, table, `${brought} and ${inUse}`, 'in use')
    await remove(db, undone, table, `${brought} and not ${inUse}`)
  }
}

function broughtIds({ importId }: Run, source: SourceTable): string {
  return `select target_id from import_rows
    where import_id = ${Number(importId)} and source_table = '${source}' and fate in ('copied', 'changed')`
}

async function remove(db: BulkConnection, undone: Undone, table: string, condition: string): Promise<void> {
  const { n } = await db.one<{ n: number }>(
    `with gone as (delete from ${table} where ${condition} returning 1) select count(*) as n from gone`,
  )
  undone.removed[table] = n
}

async function keep(db: BulkConnection, undone: Undone, table: string, condition: string, why: string): Promise<void> {
  const { n } = await db.one<{ n: number }>(`select count(*) as n from ${table} where ${condition}`)
  if (n > 0) undone.kept.push({ table, why, rows: n })
}

/** When the old blog's owner is gone and there is no other, the next start shows a set-up link again. */
async function closeIfUnowned({ db }: Run): Promise<void> {
  await db.query(
    `update settings set set_up_at = null, version = version + 1
      where set_up_at is not null and not ${hasOwner}`,
  )
}

/** What stays is still known as brought, so that another import of the file does not bring it twice. */
async function forgetRows({ db, importId }: Run): Promise<void> {
  for (const { source, target } of streamed) {
    await db.query(
      `with blocks as (
          delete from import_blocks where import_id = $1 and source_table = $2 returning chain_id, keys, checksums),
        cut as (
          select chain_id, ${numberAt('keys')} as key,
            ${numberAt('checksums')} as checksum
          from blocks, generate_series(0, length(keys) / 8 - 1) as place)
        insert into import_rows (chain_id, source_table, source_key, import_id, fate, target_id, checksum)
        select chain_id, $2, key, $1, 'copied', key, checksum from cut
        where exists (select from ${target} where id = key)
        on conflict do nothing`,
      [importId, source],
    )
  }
  await db.query('delete from import_blocks where import_id = $1', [importId])
  for (const { source, target } of plan) {
    await db.query(
      `delete from import_rows where import_id = $1 and source_table = $2
        and (target_id is null or not exists (select from ${target} as here where here.id = target_id))`,
      [importId, source],
    )
  }
  await db.query(
    `delete from import_rows where import_id = $1 and (fate = 'set aside' or fate = 'already there' and not exists (
      select from imports where coalesce(continues_id, id) = chain_id and id <> $1 and state = 'complete'))`,
    [importId],
  )
  await db.query('delete from import_leftovers where import_id = $1', [importId])
}
