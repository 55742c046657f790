// Puts the staged posts and comments in the place of the blog's own empty tables: nothing is written a second time, and
// the blog waits for milliseconds. What the catalog says of the schema must be the same to the letter afterwards.
import type { Sql } from 'postgres'
import { describeSchema } from '../../../db/describe.ts'
import { type Run, isContinued, schemaOf } from '../run.ts'

const tables = ['posts', 'comments'] as const

/** True while both are empty and nothing is set on them that would be lost with them. */
export async function canSwap(run: Run): Promise<boolean> {
  if (isContinued(run)) return false
  const { ok } = await run.db.one<{ ok: boolean }>(
    `select not exists (select from posts) and not exists (select from comments) and not exists (
      select from pg_class where oid in ('public.posts'::regclass, 'public.comments'::regclass)
        and (relacl is not null or reloptions is not null or relrowsecurity
          or exists (select from pg_publication_rel where prrelid = pg_class.oid))) as ok`,
  )
  return ok
}

/** Keys and indexes of the staged tables; nobody waits for them. Called again, it builds what is missing. */
export async function buildKeys(run: Run): Promise<void> {
  const { db } = run
  const schema = schemaOf(run)
  const constraints = await db.query<{ table: string; name: string; definition: string }>(
    `select relname as "table", conname as name, pg_get_constraintdef(pg_constraint.oid) as definition
      from pg_constraint join pg_class on pg_class.oid = conrelid
      where conrelid in ('public.posts'::regclass, 'public.comments'::regclass) and contype in ('p', 'u')
        and not exists (select from pg_constraint as staged
          where staged.conname = pg_constraint.conname and staged.connamespace = '${schema}'::regnamespace)
      order by contype, conname`,
  )
  const indexes = await db.query<{ definition: string }>(
    `select pg_get_indexdef(indexrelid) as definition from pg_index join pg_class on pg_class.oid = indexrelid
      where indrelid in ('public.posts'::regclass, 'public.comments'::regclass)
        and not exists (select from pg_constraint where conindid = indexrelid)
        and to_regclass('${schema}.' || quote_ident(relname)) is null
      order by relname`,
  )
  await db.query(`set maintenance_work_mem = '128MB'`)
  let done = 0
  const step = () =>
    run.onStep({
      phase: 'building indexes',
      label: 'indexes',
      done: done++,
      total: constraints.length + indexes.length + 1,
    })
  for (const { table, name, definition } of constraints) {
    step()
    await db.query(`alter table ${schema}.${table} add constraint ${name} ${definition}`)
  }
  for (const { definition } of indexes) {
    step()
    await db.query(definition.replace(/ ON public\./, ` ON ${schema}.`))
  }
  step()
  for (const table of tables) await db.query(`analyze ${schema}.${table}`)
}

/** Foreign keys of the staged tables, after the users they name are there. */
export async function addForeignKeys(run: Run): Promise<void> {
  const keys = await run.db.query<{ table: string; name: string; definition: string }>(
    `select relname as "table", conname as name, pg_get_constraintdef(pg_constraint.oid) as definition
      from pg_constraint join pg_class on pg_class.oid = conrelid
      where conrelid in ('public.posts'::regclass, 'public.comments'::regclass) and contype = 'f' order by conname`,
  )
  await withPath(run, async () => {
    for (const { table, name, definition } of keys) {
      await run.db.query(`alter table ${schemaOf(run)}.${table} add constraint ${name} ${definition}`)
    }
  })
}

/** False, and nothing is changed, when the tables cannot be exchanged without losing something. */
export async function swapIn(run: Run): Promise<boolean> {
  const { db } = run
  await db.query('savepoint before_swap')
  try {
    const before = await describe(run)
    const referring = await db.query<{ table: string; name: string; definition: string }>(
      `select conrelid::regclass::text as "table", conname as name, pg_get_constraintdef(oid) as definition
        from pg_constraint where contype = 'f' and confrelid in ('public.posts'::regclass, 'public.comments'::regclass)
          and conrelid not in ('public.posts'::regclass, 'public.comments'::regclass)`,
    )
    const triggers = await db.query<{ definition: string }>(
      `select pg_get_triggerdef(oid) as definition from pg_trigger
        where not tgisinternal and tgrelid in ('public.posts'::regclass, 'public.comments'::regclass)`,
    )
    for (const { table, name } of referring) await db.query(`alter table ${table} drop constraint ${name}`)
    await db.query('drop table public.comments, public.posts')
    for (const table of tables) await db.query(`alter table ${schemaOf(run)}.${table} set schema public`)
    for (const { table, name, definition } of referring) {
      await db.query(`alter table ${table} add constraint ${name} ${definition}`)
    }
    for (const { definition } of triggers) await db.query(definition)
    if ((await describe(run)) !== before) throw new Error('The schema differs after the exchange.')
    await db.query('release savepoint before_swap')
    return true
  } catch {
    await db.query('rollback to savepoint before_swap')
    return false
  }
}

async function describe({ db }: Run): Promise<string> {
  const tagged = (parts: TemplateStringsArray) => db.query(parts.join(''))
  return await describeSchema(tagged as unknown as Sql)
}

/** Names without a schema mean the staged tables first. */
async function withPath(run: Run, work: () => Promise<void>): Promise<void> {
  await run.db.query(`set local search_path = ${schemaOf(run)}, public`)
  await work()
  await run.db.query('set local search_path to default')
}
