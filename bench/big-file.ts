// The big SQLite file that the import is measured with: 2,280,013 rows of F1, about 1 GB, the same on every machine.
import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { create, setSequence } from '../test/legacy/families.ts'
import { adminHash } from '../test/legacy/passwords.ts'
import { type Chance, chanceFrom } from '../test/legacy/random-values.ts'
import { revisionOf, schemaOf } from '../test/legacy/schemas.ts'
import { type Soup, cookSoup, logNormal } from './word-soup.ts'

export type Progress = { table: string; rows: number; total: number }
export type BigFile = { rows: Record<string, number>; bytes: number }

const counts = { users: 20_000, posts: 200_000, comments: 2_000_000, auth_memberships: 20_000, auth_events: 40_000 }
const groups = 12
const postBytes = { mean: 2049, sigma: 0.9, most: 40_000 }
const commentBytes = { mean: 204, sigma: 0.8, most: 8_000 }
const firstSecond = 1_262_304_000
const lastSecond = 1_760_000_000
/** Ids were given to rows that are gone, as in the old blog's own files. */
const sequenceAhead = 37

/** `scale` is the part of the rows that is made; the same scale always gives the same rows. The file must not be there. */
export function buildBigFile(path: string, scale = 1, progress: (at: Progress) => void = () => {}): BigFile {
  const db = create(path)
  // What breaks here is made again.
  db.exec('pragma journal_mode = off; pragma locking_mode = exclusive; pragma cache_size = -65536; begin')
  for (const { sql } of schemaOf('F1').tables) db.exec(sql)
  const chance = chanceFrom(20_251_122)
  const soup = cookSoup(chance)
  const write = writer(db, chance, scale, progress)

  db.prepare('insert into emmett_schema (id, version) values (1, ?)').run(revisionOf('F1'))
  const users = write('users', counts.users, userRow(soup, chance))
  const groupIds = write('auth_groups', groups / scale, (n, at) => [at, at, n === 0 ? 'admin' : `group ${n}`, null])
  write('auth_memberships', counts.auth_memberships, (n, at) => [
    at,
    at,
    users[n % users.length],
    chance.pick(groupIds),
  ])
  const author = () => (chance.happens(0.01) ? null : users[Math.floor(users.length * chance.next() ** 2)])
  const text = (bytes: typeof postBytes) => soup.text(logNormal(chance, bytes))
  const posts = write('posts', counts.posts, (_, at) => [soup.title(), text(postBytes), at, author()])
  write('comments', counts.comments, (n, at) => {
    // Most are on what was posted not long before.
    const newest = Math.floor((posts.length * n) / (counts.comments * scale))
    const post = posts[Math.max(0, newest - Math.floor(chance.next() ** 3 * newest))] ?? posts[0]
    return [text(commentBytes), at, author(), post]
  })
  write('auth_events', counts.auth_events, (n, at) => {
    const what = ['logged in', 'logged out', 'registered'][n % 3]
    return [at, at, `172.18.${n % 256}.${n % 250}`, 'auth', `User {id} ${what}`, users[n % users.length]]
  })
  db.exec('commit')
  db.close()
  return { rows: { emmett_schema: 1, ...write.rows, auth_permissions: 0 }, bytes: statSync(path).size }
}

type Cell = string | number | Uint8Array | null | undefined
/** The values after the id; `at` is the moment of the row, later for later rows. */
type RowOf = (n: number, at: string) => Cell[]

/** Writes a table and gives the ids of its rows. */
function writer(db: DatabaseSync, chance: Chance, scale: number, progress: (at: Progress) => void) {
  const rows: Record<string, number> = {}
  const write = (table: string, count: number, rowOf: RowOf): number[] => {
    const total = Math.max(1, Math.round(count * scale))
    const columns = schemaOf('F1').tables.find(({ name }) => name === table)?.columns ?? []
    // Texts come as bytes, which saves making strings of a gigabyte of them.
    const places = columns.map((column) => (column === 'text' || column === 'title' ? 'cast(? as text)' : '?'))
    const names = columns.map((column) => `"${column}"`).join(', ')
    const insert = db.prepare(`insert into "${table}" (${names}) values (${places.join(', ')})`)
    const ids: number[] = []
    for (let n = 0, id = 0; n < total; n++) {
      id += chance.happens(0.02) ? 2 + chance.below(5) : 1
      const at = momentOf(firstSecond + ((lastSecond - firstSecond) * n) / total)
      insert.run(id, ...rowOf(n, at).map((cell) => cell ?? null))
      ids.push(id)
      if ((n + 1) % 50_000 === 0 || n + 1 === total) progress({ table, rows: n + 1, total })
    }
    rows[table] = total
    if (['users', 'posts', 'comments'].includes(table)) setSequence(db, table, (ids.at(-1) ?? 0) + sequenceAhead)
    return ids
  }
  return Object.assign(write, { rows })
}

function userRow(soup: Soup, chance: Chance): RowOf {
  return (n, at) => {
    const [first, last] = [soup.name(), soup.name()]
    const hash = n === 0 ? adminHash : `pbkdf2(2000,20,sha512)$${hex(chance, 16)}$${hex(chance, 40)}`
    const email = n === 0 ? 'doc@emmettbrown.com' : `${first}.${last}.${n}@example.com`.toLowerCase()
    return [at, at, email, hash, '', '', '', first, last]
  }
}

function hex(chance: Chance, length: number): string {
  let digits = ''
  while (digits.length < length) digits += chance.below(0x1_0000).toString(16).padStart(4, '0')
  return digits
}

// Two rows of one second are as likely as in a busy blog, so the last text is often the next one too.
let lastMoment = { second: -1, text: '' }

function momentOf(seconds: number): string {
  const second = Math.floor(seconds)
  if (second !== lastMoment.second) {
    lastMoment = { second, text: new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' ') }
  }
  return lastMoment.text
}
