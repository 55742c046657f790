// Tables without what slows a load down or has an opinion about it, and everything back as it was. In one transaction.
import type { BulkConnection } from './copy.ts'

export type Taken = { triggers: string[]; indexes: string[]; keys: string[] }

/**
 * Empties all tables of `public` but those named, and takes their foreign keys, their triggers and the indexes that no
 * constraint needs. No right is needed but to own the tables; `session_replication_role` would need a superuser.
 */
export async function takeBare(db: BulkConnection, but: string[]): Promise<Taken> {
  const statements = await db.query<{ kind: string; now: string; later: string }>(
    `with tables as (
       select oid, oid::regclass::text as name from pg_class
       where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> all($1::text[]))
     select 'trigger' as kind, format('alter table %s disable trigger %I', name, tgname) as now,
       format('alter table %s %s trigger %I', name, case tgenabled when 'A' then 'enable always'
         when 'R' then 'enable replica' else 'enable' end, tgname) as later
     from tables join pg_trigger on tgrelid = tables.oid where not tgisinternal and tgenabled <> 'D'
     union all
     select 'key', format('alter table %s drop constraint %I', name, conname),
       format('alter table %s add constraint %I %s', name, conname, pg_get_constraintdef(pg_constraint.oid))
     from tables join pg_constraint on conrelid = tables.oid where contype = 'f'
     union all
     select 'index', format('drop index %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
     from tables join pg_index on indrelid = tables.oid
     where not exists (select from pg_constraint where conindid = indexrelid)
       and not indisprimary and not indisreplident and not indisclustered
     union all
     select 'table', format('truncate %s', string_agg(name, ', ')), '' from tables`,
    [but],
  )
  const of = (kind: string) => statements.filter((statement) => statement.kind === kind)
  const inOrder = [...of('trigger'), ...of('key'), ...of('index'), ...of('table')]
  for (const { now } of inOrder) await db.query(now)
  return {
    triggers: of('trigger').map(({ later }) => later),
    indexes: of('index').map(({ later }) => later),
    keys: of('key').map(({ later }) => later),
  }
}

/**
 * Indexes and foreign keys, which look at every row. Answers the keys that some rows break: they are there for every row to come,
 * and were not compared with these.
 */
export async function dressAgain(
  db: BulkConnection,
  { indexes, keys, triggers }: Taken,
  onStep: (done: number, total: number) => void,
): Promise<string[]> {
  await db.query(`set local maintenance_work_mem = '128MB'`)
  const loose: string[] = []
  for (const [done, statement] of [...indexes, ...keys].entries()) {
    onStep(done, indexes.length + keys.length)
    if (done < indexes.length) await db.query(statement)
    else if (!(await addKey(db, statement))) loose.push(/ add constraint (\S+) /.exec(statement)?.[1] ?? statement)
  }
  // Triggers that wait for the end of a transaction would keep tables from being altered.
  for (const statement of triggers) await db.query(statement)
  return loose
}

/** False where rows break it. */
async function addKey(db: BulkConnection, statement: string): Promise<boolean> {
  await db.query('savepoint key')
  try {
    await db.query(statement)
    await db.query('release savepoint key')
    return true
  } catch (error) {
    if ((error as { code?: string }).code !== '23503') throw error
    await db.query('rollback to savepoint key')
    await db.query(`${statement} not valid`)
    return false
  }
}
