// Making the data folder and the database in it, once.
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { StartError } from '../../errors.ts'
import { type Account, command } from './account.ts'
import { isAlive } from './processes.ts'

/** Makes the cluster beside its place and moves it there whole, so a kill leaves nothing half made. */
export function makeCluster(dataFolder: string, cluster: string, account: Account, bin: string): void {
  const draft = join(dataFolder, `postgresql.new-${process.pid}`)
  mkdirSync(draft, { mode: 0o700 })
  give(draft, account)
  const options = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--data-checksums']
  const [program, ...args] = command(account, join(bin, 'initdb'), ['--pgdata', draft, ...options])
  try {
    execFileSync(program, args, {
      cwd: '/',
      env: cleanEnvironment,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 60_000,
    })
    renameSync(draft, cluster)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (existsSync(join(cluster, 'PG_VERSION'))) return
    const reason = String((error as { stderr?: Buffer }).stderr ?? (error as Error).message).trim()
    throw new StartError(`PostgreSQL could not make its data folder in ${dataFolder}:\n${reason}`)
  }
}

/**
 * 'ready' when the server takes writes, 'restoring' while it follows an archive and can only be read. The blog's role owns its
 * database and nothing more; both are made when they are missing, so a kill between initdb and here costs nothing. `postgres`
 * stays for the operator.
 */
export async function readiness(socket: string): Promise<'ready' | 'restoring' | undefined> {
  const sql = superuser(socket)
  try {
    const [found] = await sql<{ restores: boolean; role: boolean; database: boolean }[]>`
      select pg_is_in_recovery() as restores, exists (select from pg_roles where rolname = 'bloggy') as role,
             exists (select from pg_database where datname = 'bloggy') as database`
    if (found?.restores) return 'restoring'
    if (!found?.role) await sql`create role bloggy login`
    if (!found?.database) await sql`create database bloggy owner bloggy`
    return 'ready'
  } catch {
    return undefined
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** What killed starts left behind. */
export function removeDrafts(dataFolder: string): void {
  for (const name of readdirSync(dataFolder)) {
    const pid = Number(/^postgresql\.new-(\d+)$/.exec(name)?.[1])
    if (pid && (pid === process.pid || !isAlive(pid))) rmSync(join(dataFolder, name), { recursive: true, force: true })
  }
}

function superuser(socket: string) {
  return postgres({
    path: `${socket}/.s.PGSQL.5432`,
    username: 'postgres',
    database: 'postgres',
    max: 1,
    connect_timeout: 5,
    fetch_types: false,
    onnotice: () => {},
  } as postgres.Options<{}>)
}

function give(folder: string, account: Account): void {
  if (account.switches) chownSync(folder, account.uid, account.gid)
  chmodSync(folder, 0o700)
}

// PGDATA and its kin must not redirect a server of ours.
export const cleanEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' }
