// PostgreSQL itself: version, clock, rights, durability, room.
import {
  compareClocks,
  countHidden,
  listBloatedTables,
  listOldTransactions,
  readRole,
  readServer,
} from '../db/condition.ts'
import { jobConnections } from '../db/pool.ts'
import { grantStats } from './standbys.ts'
import { type Database, type Told, count, named, notice, ok, orOk, wrong } from './finding.ts'

export async function checkPostgres({ sql, config }: Database): Promise<Told[]> {
  const { version, version_number } = await readServer(sql)
  const where = config.databaseUrl ? '' : ', the embedded one'
  if (version_number >= 170_000)
    return [
      notice(`PostgreSQL ${version}${where}: Bloggy is tried with 16.`, 'Use PostgreSQL 16 where you can choose.'),
    ]
  return [ok(`PostgreSQL ${version}${where}.`)]
}

// Codes of second factors are good for 30 seconds, and for one step more.
const secondsApart = { notice: 2, wrong: 20 }

export async function checkClock({ sql }: Database): Promise<Told[]> {
  const { ahead, within } = await compareClocks(sql)
  const apart = Math.abs(ahead) - within
  const words = `This machine's clock is ${Math.abs(ahead).toFixed(1)} seconds ${ahead > 0 ? 'ahead of' : 'behind'} PostgreSQL's.`
  const todo = 'Let both machines follow a time server: timedatectl set-ntp true.'
  if (apart > secondsApart.wrong) return [wrong(`${words} Codes of second factors are refused.`, todo)]
  if (apart > secondsApart.notice) return [notice(words, todo)]
  return [ok('The clocks of this machine and of PostgreSQL agree.')]
}

export async function checkRole({ sql, config }: Database): Promise<Told[]> {
  const { name, is_superuser, may_create, closed, foreign_tables } = await readRole(sql)
  const found: Told[] = []
  if (closed.length > 0)
    found.push(
      wrong(
        `The role ${name} may not read and write ${named(closed)}.`,
        `SQL, as superuser: grant select, insert, update, delete on all tables in schema public to "${name}"`,
      ),
    )
  if (!may_create)
    found.push(
      wrong(
        `The role ${name} may not make tables, so no upgrade can run.`,
        `SQL: grant create on schema public to "${name}"`,
      ),
    )
  if (foreign_tables.length > 0)
    found.push(
      notice(
        `${named(foreign_tables)} ${foreign_tables.length === 1 ? 'belongs' : 'belong'} to another role than ${name}, so an upgrade cannot change them.`,
        `If they are Bloggy's, in SQL as superuser: alter table ${foreign_tables[0]} owner to "${name}", and so on.`,
      ),
    )
  if (is_superuser && config.databaseUrl)
    found.push(
      notice(
        `The role ${name} is a superuser, which Bloggy does not need.`,
        'Make a role of its own that owns the database, and name that in DATABASE_URL.',
      ),
    )
  return orOk(found, `The role ${name} has the rights it needs${is_superuser ? '' : ', and is no superuser'}.`)
}

export async function checkDurability({ sql }: Database): Promise<Told[]> {
  const server = await readServer(sql)
  const found: Told[] = []
  if (!server.has_fsync)
    found.push(
      wrong('fsync is off: a power cut can destroy the database.', 'SQL: alter system set fsync = on; then reload.'),
    )
  if (!server.has_full_pages)
    found.push(
      wrong(
        'full_page_writes is off: a power cut can destroy the database.',
        'SQL: alter system set full_page_writes = on; then reload.',
      ),
    )
  if (server.synchronous_commit === 'off')
    found.push(
      notice(
        'synchronous_commit is off: a crash loses what was written in the last second although it was answered.',
        'SQL: alter system set synchronous_commit = on; then reload.',
      ),
    )
  return orOk(found, 'What was answered is on the disk.')
}

export async function checkConnections({ sql, config }: Database): Promise<Told[]> {
  const { most_connections, reserved, connections } = await readServer(sql)
  const processes = config.webConcurrency > 1 ? config.webConcurrency + 1 : 1
  const wanted = processes * config.poolSize
  const most = most_connections - reserved
  const words = `${count(processes, 'process', 'processes')} of Bloggy may open ${wanted} connections (DB_POOL_SIZE ${config.poolSize}, ${jobConnections} of them for jobs)`
  const raise = 'SQL: alter system set max_connections = …; then restart PostgreSQL.'
  if (wanted > most)
    return [wrong(`${words}, and PostgreSQL takes ${most}.`, `Lower DB_POOL_SIZE or WEB_CONCURRENCY, or ${raise}`)]
  if (connections > most * 0.9)
    return [
      wrong(
        `${connections} of ${most} connections of PostgreSQL are in use.`,
        `See who has them, in SQL: select application_name, count(*) from pg_stat_activity group by 1`,
      ),
    ]
  if (wanted > most * 0.9)
    return [notice(`${words} of ${most}: another program finds few left.`, `Lower DB_POOL_SIZE, or ${raise}`)]
  return [ok(`${connections} of ${most} connections are in use; ${words}.`)]
}

const oldSeconds = 600

export async function checkVacuum({ sql }: Database): Promise<Told[]> {
  const server = await readServer(sql)
  const found: Told[] = []
  if (!server.has_autovacuum)
    found.push(
      wrong('autovacuum is off: tables grow without end.', 'SQL: alter system set autovacuum = on; then reload.'),
    )
  if (server.oldest_age > 1_000_000_000 || server.oldest_age > server.freeze_age * 2)
    found.push(
      wrong(
        `The oldest rows are ${server.oldest_age.toLocaleString('en')} transactions old; at two thousand million PostgreSQL stops taking writes.`,
        'End old transactions, then in SQL: vacuum (freeze)',
      ),
    )
  if (server.prepared > 0)
    found.push(
      wrong(
        `${count(server.prepared, 'prepared transaction')} wait for an end that Bloggy never asked for, and keep locks.`,
        `SQL: select gid from pg_prepared_xacts; then rollback prepared '…'`,
      ),
    )
  for (const { pid, name, state, seconds } of await listOldTransactions(sql, oldSeconds))
    found.push(
      notice(
        `A transaction of ${name} (process ${pid}, ${state ?? 'at work'}) is open for ${Math.round(seconds / 60)} minutes and keeps vacuum from its work.`,
        `If nobody needs it, in SQL: select pg_terminate_backend(${pid})`,
      ),
    )
  const hidden = await countHidden(sql)
  if (hidden > 0)
    found.push(
      notice(
        `For how long ${count(hidden, 'connection')} of other roles ${hidden === 1 ? 'has a transaction' : 'have transactions'} open, this role may not see.`,
        await grantStats(sql),
      ),
    )
  for (const { name, dead, living } of await listBloatedTables(sql))
    found.push(
      notice(
        `${name} has ${dead.toLocaleString('en')} dead rows beside ${living.toLocaleString('en')} living ones.`,
        `SQL: vacuum (analyze) ${name}`,
      ),
    )
  return orOk(found, 'Vacuum comes by, and nothing holds it back.')
}
