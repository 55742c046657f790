// The database that a test run makes, copies and drops, and the checks that it is nobody's blog.
import type { Sql } from 'postgres'
import { type ConnectionTarget, describeTarget } from '../src/db/connection-string.ts'
import { connect } from '../src/db/pool.ts'
import { StartError } from '../src/errors.ts'
import { dropDatabase, mark, openMaintenance, testLimits } from './database.ts'

/** Throws a StartError unless the name ends in _test and it is another database than the blog's. */
export function refuseSameDatabase(test: ConnectionTarget, blog: ConnectionTarget | undefined): void {
  if (!test.database.endsWith('_test')) {
    throw new StartError(
      `TEST_DATABASE_URL names the database "${test.database}". Tests drop what they use, so its name must end in _test.`,
    )
  }
  if (!blog || blog.database !== test.database) return
  const places = new Set(blog.addresses.map(placeOf))
  if (test.addresses.some((address) => places.has(placeOf(address)))) {
    throw new StartError(
      `TEST_DATABASE_URL and DATABASE_URL are the same database (${describeTarget(test)}). Tests drop what they use.`,
    )
  }
}

function placeOf({ host, port }: { host: string; port: number }): string {
  const isLoopback = host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host)
  return `${isLoopback ? 'localhost' : host.toLowerCase()}:${port}`
}

/**
 * Makes the database anew, empty and marked as ours. Throws a StartError when another test run has it, or when one of
 * that name holds tables that no test run made. `drop` removes it with every copy.
 */
export async function takeTestDatabase(
  target: ConnectionTarget,
): Promise<{ target: ConnectionTarget; drop: () => Promise<void> }> {
  const admin = await openMaintenance(target)
  try {
    await refuseWithoutRight(admin, target)
    // Held as long as this connection, so a killed run frees it.
    const [lock] = await admin<
      { taken: boolean }[]
    >`select pg_try_advisory_lock(hashtext(${`bloggy tests ${target.database}`})) as taken`
    if (!lock?.taken)
      throw new StartError(
        `Another test run is using ${describeTarget(target)}. Wait for it, or name another database.`,
      )
    await refuseForeign(admin, target)
    await dropOurs(admin, target.database)
    await admin.unsafe(`create database "${target.database}" template template0 encoding 'UTF8'`)
    await admin.unsafe(`comment on database "${target.database}" is '${mark}'`)
  } catch (error) {
    await admin.end({ timeout: 1 })
    throw error
  }
  return {
    target,
    drop: async () => {
      await dropOurs(admin, target.database)
      await admin.end({ timeout: 1 })
    },
  }
}

async function refuseWithoutRight(admin: Sql, target: ConnectionTarget): Promise<void> {
  const [role] = await admin<
    { allowed: boolean }[]
  >`select rolcreatedb or rolsuper as allowed from pg_roles where rolname = current_user`
  if (role?.allowed) return
  throw new StartError(
    `The tests make and drop databases, which ${target.user} may not: alter role ${target.user} createdb`,
  )
}

async function refuseForeign(admin: Sql, target: ConnectionTarget): Promise<void> {
  const [found] = await admin<{ comment: string | null }[]>`
    select shobj_description(oid, 'pg_database') as comment from pg_database where datname = ${target.database}`
  if (!found || found.comment === mark) return
  if ((await countTables(target)) === 0) return
  throw new StartError(
    `The database "${target.database}" holds tables that no test run made (${describeTarget(target)}). Tests drop what they use: name another database in TEST_DATABASE_URL.`,
  )
}

async function countTables(target: ConnectionTarget): Promise<number> {
  const sql = connect(target, testLimits, 1)
  try {
    const [row] = await sql<{ count: number }[]>`
      select count(*) from pg_class join pg_namespace on pg_namespace.oid = relnamespace
      where relkind in ('r', 'p', 'v', 'm', 'f', 'S') and nspname <> 'information_schema' and nspname !~ '^pg_'`
    return row?.count ?? 0
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** The database and its copies, those of killed runs included. A copy carries the mark or is not ours. */
async function dropOurs(admin: Sql, name: string): Promise<void> {
  const copies = await admin<{ name: string }[]>`
    select datname as name from pg_database
    where shobj_description(oid, 'pg_database') = ${mark} and datname ~ ${`_[0-9a-f]{12}$`} and starts_with(datname, ${`${name}_`})`
  for (const copy of copies) await dropDatabase(admin, copy.name)
  await dropDatabase(admin, name)
}
