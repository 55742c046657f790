// A copy of the folder of a PostgreSQL that runs, as pg_basebackup makes it, which is not among the binaries that come along.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Sql } from 'postgres'

// Of this run of it, of its own, or of the tests.
const left = new Set([
  'postmaster.pid',
  'postmaster.opts',
  'pg_wal',
  'standby.signal',
  'recovery.signal',
  'bloggy-test.conf',
])

/**
 * `asSuperuser` gives one session for all of it. Where `waitsForArchive`, the log that the copy needs is in the archive when
 * this settles.
 */
export async function copyCluster(
  asSuperuser: (work: (sql: Sql) => Promise<void>) => Promise<void>,
  cluster: string,
  writeOwned: (name: string, text: string) => void,
  waitsForArchive = false,
): Promise<void> {
  await asSuperuser(async (sql) => {
    await sql`select pg_backup_start('copy', true)`
    const [row] = await sql<{ folder: string }[]>`select current_setting('data_directory') as folder`
    const source = row?.folder ?? ''
    mkdirSync(cluster, { mode: 0o700 })
    const names = readdirSync(source).filter((name) => !left.has(name))
    // Files may go away while they are copied; what is needed of them is in the log.
    execFileSync('sh', [
      '-c',
      'cp -a "$@" 2>/dev/null || true',
      'sh',
      ...names.map((name) => join(source, name)),
      cluster,
    ])
    execFileSync('cp', ['-a', '--attributes-only', join(source, 'pg_wal'), cluster])
    execFileSync('chown', ['--reference', source, cluster])
    execFileSync('sh', [
      '-c',
      'mkdir -p "$1/pg_wal/archive_status" && rm -f "$1"/pg_wal/0* "$1"/pg_replslot/* && chown -R --reference "$1" "$1/pg_wal"',
      'sh',
      cluster,
    ])
    const [stopped] = await sql<{ labelfile: string }[]>`
      select labelfile from pg_backup_stop(${waitsForArchive}::boolean)`
    writeOwned('backup_label', stopped?.labelfile ?? '')
  })
}
