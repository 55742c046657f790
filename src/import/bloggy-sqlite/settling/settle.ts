// The one transaction in which an import becomes part of the blog, or does not.
import { StartError } from '../../../errors.ts'
import type { BulkConnection } from '../../../db/copy.ts'
import { leaveJob } from './leave-job.ts'
import { moveCounters } from './counters.ts'
import { hasOwner } from './owner.ts'
import { encoders } from '../reading/encode.ts'
import { userColumns } from './people.ts'
import { settleRights } from './rights.ts'
import { noCounts } from '../messages.ts'
import { type Run, isContinued, schemaOf } from '../run.ts'
import { samplePages } from './sample-pages.ts'
import { swapIn, validateForeignKeys } from './swap.ts'
import { applyUpdates } from './updates.ts'
import { type Proof, verify } from './verify.ts'

export type Settled = { proof: Proof; pages: { looked_at: number; as_stored: number } }

/** Only inside a transaction. Throws when the proof fails; then nothing of it stays. */
export async function settle(run: Run, swaps: boolean): Promise<Settled> {
  const { db } = run
  const schema = schemaOf(run)
  // Now, because hours may lie behind. Whoever comes after this moment could as well have come after the import.
  run.isFresh = await isFresh(db)
  // The search comes by itself for what an import brought: db/migrations/0023_search.sql.
  await db.query(`set local bloggy.brings_many = 'yes'`)
  run.onStep({ phase: 'settling', label: 'users', done: 0, total: 0 })
  await insertStaged(run, 'users', userColumns.join(', '), 'staged_users')
  if (isContinued(run)) {
    await insertNewPosts(run)
    await applyUpdates(run)
  }
  await settleRights(run)
  const events = encoders.auth_events!.columns.join(', ')
  await insertStaged(run, 'audit_events', events, 'staged_audit_events')
  if (swaps) await lockEmpty(run)
  else await insertContent(run)

  let proof = await prove(run, swaps)
  const pages = await samplePages(run, swaps)
  run.onStep({ phase: 'settling', label: 'foreign keys', done: 0, total: 0 })
  if (swaps) {
    await validateForeignKeys(run)
    if (!(await swapIn(run))) {
      await insertContent(run)
      proof = await prove(run, false)
    }
  }
  if (!run.isRehearsal) await moveCounters(run)
  await openIfOwned(run)
  await askForDigests(run)
  await db.query('select note_page_change($1)', ['site'])
  await db.query(`drop schema ${schema} cascade`)
  return { proof, pages }
}

/** Nobody but the owner, and nothing written. */
async function isFresh(db: BulkConnection): Promise<boolean> {
  const { fresh } = await db.one<{ fresh: boolean }>(
    `select not exists (select from posts) and not exists (select from comments)
      and (select count(*) from (select from users limit 2) as few) < 2 as fresh`,
  )
  return fresh
}

async function prove(run: Run, isStaged: boolean): Promise<Proof> {
  const proof = await verify(run, (table) => isStaged && (table === 'posts' || table === 'comments'))
  const faults = proof.differences.filter(({ isFault }) => isFault)
  if (faults.length === 0) return proof
  throw new ProofFailed(faults.slice(0, 20).map(({ table, key, what }) => `${table} ${key}: ${what}`))
}

export class ProofFailed extends StartError {
  constructor(lines: string[]) {
    super(
      `What PostgreSQL holds is not what the file holds, so nothing was kept:\n  ${lines.join('\n  ')}\nPlease report this as a bug.`,
    )
  }
}

async function insertStaged(run: Run, table: string, columns: string, staged: string): Promise<void> {
  await run.db.query(
    `insert into public.${table} (${columns}) select ${columns} from ${schemaOf(run)}.${staged} as staged
      where not exists (select from public.${table} as here where here.id = staged.id) order by id`,
  )
}

/** For a blog in use: beside what is there, by the same doors that writers use. */
async function insertContent(run: Run): Promise<void> {
  for (const table of ['posts', 'comments']) {
    run.onStep({ phase: 'settling', label: table, done: 0, total: 0 })
    await insertStaged(run, table, encoders[table]!.columns.join(', '), table)
  }
}

/** Before the changes: a comment may belong to a post now that came after it. */
async function insertNewPosts(run: Run): Promise<void> {
  const columns = encoders.posts!.columns.join(', ')
  await run.db.query(
    `insert into public.posts (${columns}) select ${columns} from ${schemaOf(run)}.posts as staged
      where not exists (select from public.posts as here where here.id = staged.id)
        and not exists (select from ${schemaOf(run)}.updates where source_table = 'posts' and target_id = staged.id)
      order by id`,
  )
}

async function lockEmpty({ db }: Run): Promise<void> {
  await db.query('lock table posts, comments in share row exclusive mode')
  const { used } = await db.one<{ used: boolean }>(
    'select exists (select from posts) or exists (select from comments) as used',
  )
  if (used)
    throw new StartError(
      'Somebody wrote the first post while the import ran. Run the same command again: it brings the file in beside it.',
    )
}

/** A blog nobody has set up belongs to the owner of the old one, who can sign in now. */
async function openIfOwned({ db }: Run): Promise<void> {
  const opened = await db.query(
    `update settings set set_up_at = now(), version = version + 1
      where set_up_at is null and ${hasOwner} returning id`,
  )
  if (opened.length > 0) await db.query('delete from setup_links')
}

/** Posts are counted, measured and compared by jobs, which run when the import is there. A rehearsal leaves none. */
async function askForDigests(run: Run): Promise<void> {
  const { fates, changes } = run.progress.tables['posts']?.counts ?? noCounts()
  if (!fates.copied && !fates.changed && !changes.updated) return
  await leaveJob(run.db, 'count-posts', {})
  await leaveJob(run.db, 'digest-posts', { after_id: 0 })
}

/** Two posts with one title get two addresses: the later ones end in their id. */
export async function giveSlugs({ db, importId }: Run): Promise<void> {
  const posts = `${schemaOf({ importId })}.posts`
  const repeated = `select id from (select id, row_number() over (partition by slug order by id) as place from ${posts}
      where slug in (select slug from ${posts} group by slug having count(*) > 1)) as places where place > 1
    union all select staged.id from ${posts} as staged join public.posts as here on here.slug = staged.slug and here.id <> staged.id
    union all select staged.id from ${posts} as staged join old_slugs on old_slugs.slug = staged.slug and post_id <> staged.id`
  for (const ending of [`'-' || id`, `'-' || id || '-' || substr(md5(random()::text), 1, 6)`]) {
    for (let round = 0; round < 3; round++) {
      const changed = await db.query(
        `update ${posts} set slug = slug || ${ending} where id in (${repeated}) returning id`,
      )
      if (changed.length === 0) return
    }
  }
}
