// Compares what an import made of a file with the oracle, row by row, and with what was here before.
import assert from 'node:assert/strict'
import { decryptToken } from '../src/oauth/token-encryption.ts'
import { decryptFernet } from '../src/import/bloggy-sqlite/fernet.ts'
import { largestKeptId } from '../src/import/bloggy-sqlite/plan.ts'
import { type Book, type Entry, type Values, oldKey, tokenKey } from './imported.ts'
import { type Cell, type Cells, type Wanted, isSafe, nounOf, specs, wantedOf } from './legacy/oracle.ts'

const largest = BigInt(largestKeptId)

type Row = Record<string, string | null>
type Here = { book: Book; before: Values; after: Values }

/** Every row of the tables that have a place here, in a blog that was set up by nobody. */
export function expectRows(cells: Cells, { book, before, after }: Here): void {
  for (const table of Object.keys(specs)) {
    const rows = cells[table]
    if (!rows) continue
    const judge = new Judge(table, { book, before, after })
    const wanted = [...rows].map(([id, row]) => ({ id, row, wanted: wantedOf(table, id, row, cells) }))
    // Of two people with one address the one who may sign in keeps it.
    if (table === 'users') wanted.sort((a, b) => Number(isOpen(b.wanted)) - Number(isOpen(a.wanted)))
    for (const each of wanted) judge.expect(each.id, each.row, each.wanted)
    assert.equal(book.get(table)?.size ?? 0, rows.size, table)
    const brought = [...(book.get(table)?.values() ?? [])].filter(({ fate }) => fate === 'copied' || fate === 'changed')
    assert.equal(after.get(table)?.size, (before.get(table)?.size ?? 0) + brought.length, `${table} here`)
  }
}

const isOpen = ({ values }: Wanted) => values.state === 'active'

class Judge {
  readonly #table: string
  readonly #here: Here
  /** What is told apart by more than its id, and where it lives. */
  readonly #same = new Map<string, { id: number; name: string | null }>()
  readonly #addresses = new Set<string>()

  constructor(table: string, here: Here) {
    this.#table = table
    this.#here = here
    for (const [id, row] of here.before.get(table) ?? []) {
      const key = naturalKey(table, row)
      if (key !== null) this.#same.set(key, { id, name: row.name ?? null })
    }
  }

  expect(id: bigint, row: Record<string, Cell>, wanted: Wanted): void {
    const place = `${this.#table} ${id}`
    const entry = this.#here.book.get(this.#table)?.get(String(id))
    assert.ok(entry, place)
    const values = this.#placed(wanted)
    const reason = wanted.reason ?? this.#refusal(wanted, values)
    const same = reason === undefined ? this.#same.get(naturalKey(this.#table, values) ?? '') : undefined
    if (reason !== undefined || (same && this.#table === 'oauth_accounts')) {
      assert.deepEqual(
        [entry.fate, entry.reason, entry.changes, entry.leftovers],
        ['set aside', reason ?? 'duplicate', [], []],
        place,
      )
      this.#expectWhole(id, row, entry, place)
      return
    }
    assert.deepEqual(entry.leftovers.toSorted(), wanted.leftovers.toSorted(), place)
    if (same) {
      const isNamed = this.#table === 'roles' || this.#table === 'auth_groups'
      const changes = isNamed && same.name !== values.name ? ['role-folded'] : []
      assert.deepEqual([entry.fate, entry.target, entry.changes], ['already there', same.id, changes], place)
      return
    }
    this.#brought(id, entry, wanted, values, place)
  }

  /** References in ids here; null where what they name did not come along. */
  #placed({ values }: Wanted): Row {
    const placed: Row = { ...values }
    for (const [, column, kind] of specs[this.#table]?.columns ?? []) {
      const to = kind.replace('?', '')
      const value = values[column]
      if (!specs[to] || value === null || value === undefined) continue
      const target = this.#here.book.get(to)?.get(value)?.target
      placed[column] = target === null || target === undefined ? null : String(target)
    }
    return placed
  }

  #refusal({ values, changes }: Wanted, placed: Row): string | undefined {
    for (const [, column, kind] of specs[this.#table]?.columns ?? []) {
      if (specs[kind] && placed[column] === null) return `${nounOf(kind)}-missing`
    }
    const named = namedBy[this.#table] ?? []
    if (named.reduce((sum, column) => sum + Buffer.byteLength(values[column] ?? ''), 0) > 2000) return 'refused'
    if (this.#table === 'roles') return values.name?.trim() === '' ? 'refused' : undefined
    if (this.#table === 'permissions') {
      const { resource = '', action = '', scope, given_name } = values
      const isWord = (text: string | null) => /^[a-z][a-z0-9_]*$/.test(text ?? '')
      if (!isWord(resource) || !isWord(action) || !['', 'own', 'any'].includes(scope ?? '')) return 'refused'
      if (given_name !== [resource, action, scope].filter(Boolean).join('.')) changes.add('name-rebuilt')
    }
    if (this.#table !== 'oauth_tokens') return undefined
    if (values.access_token_encrypted === null) return 'refused'
    for (const column of ['access_token_encrypted', 'refresh_token_encrypted']) {
      if (!values[column]) continue
      changes.add('token-reencrypted')
      placed[column] = values[column] = inClear(values[column])
    }
    return undefined
  }

  #brought(id: bigint, { fate, target, changes }: Entry, wanted: Wanted, placed: Row, place: string): void {
    const row = this.#here.after.get(this.#table)?.get(target ?? 0)
    assert.ok(target !== null && row, place)
    const expected = new Set(wanted.changes)
    const isKept = id >= 1n && id <= largest && !this.#here.before.get(this.#table)?.has(Number(id))
    // Where the file has the largest id that is kept, the first free one may be what a later row had.
    if (id <= largest) assert.equal(BigInt(target) === id, isKept, place)
    if (BigInt(target) !== id) expected.add('new-id')
    if (this.#table === 'users' && placed.email) {
      if (this.#addresses.has(placed.email)) {
        expected.add('email-taken')
        placed.email = null
      } else this.#addresses.add(placed.email)
    }
    assert.deepEqual(changes.toSorted(), [...expected].toSorted(), place)
    assert.equal(fate, expected.size > 0 ? 'changed' : 'copied', place)
    for (const [column, value] of Object.entries(placed)) {
      if (column !== 'given_name') expectValue(row, column, value, `${place}.${column}`)
    }
    this.#expectDerived(row, place)
    const key = naturalKey(this.#table, placed)
    if (key !== null) this.#same.set(key, { id: target, name: placed.name ?? null })
  }

  #expectDerived(row: Row, place: string): void {
    if (this.#table === 'posts') {
      assert.deepEqual([row.created_at, row.updated_at, row.body_format], [row.published_at, row.published_at, 'plain'])
      assert.ok(row.slug, place)
    }
    if (this.#table === 'auth_events') assert.equal(row.action, 'legacy.event', place)
    if (this.#table !== 'users') return
    assert.ok(row.name && row.slug, place)
    assert.equal(row.email_confirmed_at, row.state === 'active' && row.email !== null ? row.created_at : null, place)
  }

  /** The whole row is kept, but for a password that may be one. */
  #expectWhole(id: bigint, row: Record<string, Cell>, { data }: Entry, place: string): void {
    assert.equal(data.length, 1, place)
    const [whole = {}] = data
    assert.deepEqual(whole.id, isSafe(id) ? Number(id) : { integer: String(id) }, place)
    for (const [column, cell] of Object.entries(row)) {
      if (column === 'id' || column === 'password') continue
      const kept = whole[column]
      const isToken = this.#table === 'oauth_tokens' && /token/.test(column) && kept === undefined
      if (!isToken) assert.deepEqual(kept, jsonOf(cell), `${place}.${column}`)
    }
  }
}

function expectValue(row: Row, column: string, value: string | null, place: string): void {
  const found = row[column]
  if (value === '(hashed)') assert.match(found ?? '', /^\$argon2id\$/, place)
  else if (column === 'profile_data' && value !== null) {
    assert.deepEqual(JSON.parse(found ?? ''), JSON.parse(value), place)
  } else if (column.endsWith('_token_encrypted') && value) {
    assert.equal(decryptToken(found ?? '', `oauth account ${row.oauth_account_id}`, [tokenKey]), value, place)
  } else assert.equal(found, value, place)
}

function inClear(token: string): string {
  return token.startsWith('gAAAAA') ? decryptFernet(token, oldKey) : token
}

function jsonOf({ type, value, bytes }: Cell): unknown {
  if (type === 'null') return null
  if (type === 'integer') return isSafe(value as bigint) ? Number(value) : { integer: String(value) }
  if (type === 'real') return Number.isFinite(value) ? value : { real: String(value) }
  const text = bytes.toString()
  const isText = type === 'text' && !text.includes('\0') && Buffer.from(text).equals(bytes)
  return isText ? text : { base64: bytes.toString('base64') }
}

/** What an index here tells rows apart by; longer than its page, there is no room for it. */
const namedBy: Record<string, string[]> = {
  roles: ['name'],
  auth_groups: ['name'],
  permissions: ['resource', 'action', 'scope'],
  oauth_accounts: ['provider', 'provider_user_id'],
}

function naturalKey(table: string, row: Row): string | null {
  switch (table) {
    case 'roles':
    case 'auth_groups':
      return (row.name ?? '').toLowerCase()
    case 'permissions':
      return [row.resource, row.action, row.scope].join('.')
    case 'auth_memberships':
      return `${row.user_id} ${row.group_id}`
    case 'user_roles':
      return `${row.user_id} ${row.role_id}`
    case 'role_permissions':
      return `${row.role_id} ${row.permission_id}`
    case 'oauth_accounts':
      return JSON.stringify([row.provider, row.provider_user_id])
    default:
      return null
  }
}
