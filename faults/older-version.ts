// The oldest version in the history of the repository that says it can go on with the schema of this one, in a folder of its
// own. Its packages are those of this version: where it asks for others, it is not taken.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../bench/servers.ts'

export type Older = {
  folder: string
  /** Short, for people. */
  commit: string
  /** Migrations of this version that it does not know. */
  unknown: string[]
}

const most = 2000
const migrationName = /^db\/migrations\/(\d{4}_[a-z0-9_]+)\.sql$/

/**
 * `expanding` are the migrations that say that a program from before goes on. Where there is no such version, the answer is the
 * reason.
 */
export function makeOlder(folder: string, expanding: ReadonlySet<string>, all: readonly string[]): Older | string {
  let commits: string[]
  try {
    commits = git('rev-list', '--first-parent', `--max-count=${most}`, 'HEAD').split('\n').filter(Boolean)
  } catch {
    return 'This is no clone of the repository: older versions come from its history.'
  }
  const wanted = packagesOf(readFileSync(join(root, 'package.json'), 'utf8'))
  let found: Older | undefined
  for (const commit of commits) {
    const files = git('ls-tree', '--name-only', commit, 'db/migrations/').split('\n')
    const known = new Set(files.map((path) => migrationName.exec(path)?.[1]).filter((name) => name !== undefined))
    const unknown = all.filter((name) => !known.has(name))
    if (unknown.some((name) => !expanding.has(name))) break
    if (unknown.length === 0) continue
    // From before a program looked for that mark it is refused, whatever the mark says.
    if (!git('show', `${commit}:src/db/migrate.ts`).includes('expands')) break
    if (packagesOf(git('show', `${commit}:package.json`)) !== wanted) break
    found = { folder, commit: commit.slice(0, 10), unknown }
  }
  if (!found)
    return git('rev-parse', '--is-shallow-repository').trim() === 'true'
      ? 'The history of this clone is cut off; `git fetch --unshallow` brings it.'
      : 'No version in the history lacks a migration and can go on with all of them.'
  mkdirSync(folder, { recursive: true })
  execFileSync('sh', ['-c', 'git -C "$1" archive "$2" | tar -x -C "$3"', 'sh', root, found.commit, folder])
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return found
}

function packagesOf(text: string): string {
  const { dependencies, imports } = JSON.parse(text) as { dependencies?: object; imports?: object }
  return JSON.stringify([dependencies, imports])
}

function git(...words: string[]): string {
  return execFileSync('git', ['-C', root, ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 100_000_000,
  })
}
