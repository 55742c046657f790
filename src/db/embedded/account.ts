// PostgreSQL refuses to run as root. Started as root, it runs as `postgres`, or else as `nobody`.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { StartError } from '../../errors.ts'

export type Account = {
  uid: number
  gid: number
  /** True when Bloggy is root and the server must become somebody else. */
  switches: boolean
  /** True when a folder above is closed to the account, as /root is. */
  needsPassage: boolean
}

export function accountFor(cluster: string, bin: string): Account {
  const uid = process.getuid?.() ?? 0
  if (uid !== 0) return { uid, gid: process.getgid?.() ?? uid, switches: false, needsPassage: false }
  if (!setpriv())
    throw new StartError('Bloggy runs as root and needs `setpriv` (util-linux) to start PostgreSQL as another account.')
  const account = existsSync(cluster) ? ownerOf(cluster) : namedAccount()
  return { ...account, switches: true, needsPassage: !isOpen(dirname(cluster)) || !isOpen(bin) }
}

/**
 * The words to run a program as the account. On Linux the program also gets SIGINT when Bloggy dies, so that no
 * server outlives it. Behind a closed folder it keeps one capability of root, reading past folder permissions.
 */
export function command(account: Account, program: string, args: string[]): [string, ...string[]] {
  const path = setpriv()
  if (!path) return [program, ...args]
  const words = [path, '--pdeathsig', 'INT']
  if (account.switches) words.push('--reuid', String(account.uid), '--regid', String(account.gid), '--clear-groups')
  if (account.needsPassage) {
    words.push('--securebits', '+no_setuid_fixup', '--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search')
  }
  return [...words, '--', program, ...args] as [string, ...string[]]
}

function ownerOf(path: string): { uid: number; gid: number } {
  const { uid, gid } = statSync(path)
  return uid === 0 ? namedAccount() : { uid, gid }
}

function namedAccount(): { uid: number; gid: number } {
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const account = accounts.find(([name]) => name === 'postgres') ?? accounts.find(([name]) => name === 'nobody')
  if (!account)
    throw new StartError('Bloggy runs as root and found neither an account `postgres` nor `nobody` for PostgreSQL.')
  return { uid: Number(account[2]), gid: Number(account[3]) }
}

/** True when everyone may pass through every folder on the way. */
function isOpen(folder: string): boolean {
  if (!existsSync(folder)) return isOpen(dirname(folder))
  const passable = (statSync(folder).mode & 0o001) !== 0
  return passable && (folder === '/' || isOpen(dirname(folder)))
}

let found: string | null | undefined

function setpriv(): string | null {
  if (found === undefined) {
    found = ['/usr/bin/setpriv', '/bin/setpriv', '/usr/sbin/setpriv'].find((path) => isUsable(path)) ?? null
  }
  return found
}

// BusyBox has a setpriv without --pdeathsig.
function isUsable(path: string): boolean {
  try {
    return execFileSync(path, ['--help'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).includes(
      'pdeathsig',
    )
  } catch {
    return false
  }
}
