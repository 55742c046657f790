import { createHash } from 'node:crypto'
import { chmodSync, chownSync, lstatSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StartError } from '../../errors.ts'
import type { Account } from './account.ts'

// The address of a Unix socket holds 107 bytes on Linux and 103 on macOS.
const longest = 103 - '/.s.PGSQL.5432.lock'.length

/** A folder that only its owner can enter, beside the data or, when that path is too long, in the temporary folder. */
export function socketFolder(dataFolder: string, account: Account): string {
  const near = join(dataFolder, 'socket')
  const folder =
    Buffer.byteLength(near) <= longest
      ? near
      : join(tmpdir(), `bloggy-${createHash('sha256').update(dataFolder).digest('hex').slice(0, 16)}`)
  try {
    mkdirSync(folder, { mode: 0o700 })
    if (account.switches) chownSync(folder, account.uid, account.gid)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const found = lstatSync(folder)
  if (!found.isDirectory() || (found.uid !== account.uid && found.uid !== process.getuid?.())) {
    throw new StartError(`${folder} belongs to somebody else; PostgreSQL will not put its socket there.`)
  }
  if (account.switches) chownSync(folder, account.uid, account.gid)
  chmodSync(folder, 0o700)
  return folder
}
