// Puts the staged posts and comments in the place of the blog's own empty tables: nothing is written a second time, and
// the blog waits for milliseconds. What the catalog says of the schema must be the same to the letter afterwards.
import type { Sql } from 'postgres'
import { describeSchema } from '../../../db/describe.ts'
import { type Run, isContinued, schemaOf } from '../run.ts'

const tables = ['posts', 'comments'] as const

/** True while both are empty, nothing is set on them that would be lost with them, and they are ours to exchange. */
export async function canSwap(run: Run): Promise<boolean> {
  if (isContinued(run)) return false
  const { ok } = await run.db.one<{ ok: boolean }>(
    `select not exists (select from posts) and not exists (select from comments) and not exists (
      select from pg_class where oid in ('public.posts'::regclass, 'public.comments'::regclass)
        and (relacl is not null or relrowsecurity
          or exists (select from pg_publication_rel where prrelid = pg_class.oid)))
      and not exists (
        select from pg_class where not pg_has_role(relowner, 'usage') and (
          oid in ('public.posts'::regclass, 'public.comments'::regclass)
          or exists (select from pg_constraint where conrelid = pg_class.oid
            and confrelid in ('public.posts'::regclass, 'public.comments'::regclass)))) as ok`,
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
  await addForeignKeys(run)
  await copyOptions(run)
  for (const table of tables) await db.query(`analyze ${schema}.${table}`)
}

/** How tables are cleaned and what is known of their columns beforehand: the statistics depend on it. */
async function copyOptions({ db, ...run }: Run): Promise<void> {
  const found = await db.query<{ change: string }>(
    `select format('%I set (%s)', relname, array_to_string(reloptions, ', ')) as change from pg_class
        where oid in ('public.posts'::regclass, 'public.comments'::regclass) and reloptions is not null
      union all select format('%I alter column %I set (%s)', relname, attname, array_to_string(attoptions, ', '))
        from pg_attribute join pg_class on pg_class.oid = attrelid
        where attrelid in ('public.posts'::regclass, 'public.comments'::regclass) and attoptions is not null`,
  )
  for (const { change } of found) await db.query(`alter table ${schemaOf(run)}.${change}`)
}

/**
 * A foreign key takes a lock on the table it leads to, in which nobody can register. So those to users are added before
 * anything settles, without looking at the rows, each in a transaction of its own. See docs/decisions/0016.
 */
async function addForeignKeys(run: Run): Promise<void> {
  const keys = await run.db.query<{ table: string; name: string; definition: string; is_inside: boolean }>(
    `select relname as "table", conname as name, pg_get_constraintdef(pg_constraint.oid) as definition,
        confrelid in ('public.posts'::regclass, 'public.comments'::regclass) as is_inside
      from pg_constraint join pg_class on pg_class.oid = conrelid
      where conrelid in ('public.posts'::regclass, 'public.comments'::regclass) and contype = 'f'
        and not exists (select from pg_constraint as staged
          where staged.conname = pg_constraint.conname and staged.connamespace = '${schemaOf(run)}'::regnamespace)
      order by conname`,
  )
  for (const { table, name, definition, is_inside } of keys) {
    await run.db.transaction(async () => {
      // Names without a schema mean the staged tables first.
      await run.db.query(`set local search_path = ${schemaOf(run)}, public`)
      await run.db.query(
        `alter table ${schemaOf(run)}.${table} add constraint ${name} ${definition} ${is_inside ? '' : 'not valid'}`,
      )
    })
  }
}

/** After the users that rows name are there. Takes no lock that anybody waits for. */
export async function validateForeignKeys(run: Run): Promise<void> {
  const keys = await run.db.query<{ table: string; name: string }>(
    `select conrelid::regclass::text as "table", conname as name from pg_constraint
      where connamespace = '${schemaOf(run)}'::regnamespace and contype = 'f' and not convalidated order by conname`,
  )
  for (const { table, name } of keys) await run.db.query(`alter table ${table} validate constraint ${name}`)
}

/**
 * False, and nothing is changed, when the tables cannot be exchanged without losing something, or somebody holds on to
 * them. From the first drop on people and posts are locked; the transaction has to end soon after.
 */
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
    // What the triggers would have noted, had the rows come one by one.
    await db.query(`select note_media_uses(id, 'text', picture_url || ' ' || body) from public.posts
      where exists (select from public.media) and (position('/media/' in body) > 0 or position('/media/' in picture_url) > 0)`)
    if ((await describe(run)) !== before) throw new SchemaDiffers('The schema differs after the exchange.')
    await db.query('release savepoint before_swap')
    return true
  } catch (error) {
    if (!isInTheWay(error)) throw error
    await db.query('rollback to savepoint before_swap')
    return false
  }
}

class SchemaDiffers extends Error {}

/**
 * Something that depends on the tables, such as a view, a reader who does not let go, or one who waits for us as we wait
 * for it: rows are inserted then.
 */
function isInTheWay(error: unknown): boolean {
  const { code } = error as { code?: string }
  return error instanceof SchemaDiffers || code === '2BP01' || code === '55P03' || code === '40P01'
}

async function describe({ db }: Run): Promise<string> {
  const tagged = (parts: TemplateStringsArray) => db.query(parts.join(''))
  return await describeSchema(tagged as unknown as Sql)
}
