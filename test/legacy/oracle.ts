// What a file has to become by the rules of docs/migrating.md, worked out a second time and in another way than
// src/import does it.
import { DatabaseSync } from 'node:sqlite'
import { kindOfStoredPassword } from '../../src/passwords/legacy.ts'
import { cleanName } from '../../src/users/user.ts'
import { momentForms } from './dirty-moments.ts'
import { quoted } from './families.ts'

export type Cell = { type: string; value: unknown; bytes: Buffer }
/** The rows of the tables that have a place here, by their ids in rising order. */
export type Cells = Record<string, Map<bigint, Record<string, Cell>>>

export type Wanted = {
  /** Why it cannot come along, as far as the file alone tells. */
  reason: string | undefined
  changes: Set<string>
  /** Reasons of leftovers that hold single values. */
  leftovers: string[]
  /** By our columns, as text; a reference as the id of the file. */
  values: Record<string, string | null>
}

type Spec = { target: string; columns: [names: string[], target: string, kind: string][] }

// The column in each family, ours, and how one becomes the other.
const columns: Record<string, [target: string, columns: string]> = {
  users: [
    'users',
    'email>email:email password>password_hash:password first_name>first_name:text? last_name>last_name:text? ' +
      'registration_key>state:state created_at>created_at:moment updated_at>updated_at:moment ' +
      'reset_password_key>:aside registration_id>:aside',
  ],
  auth_groups: [
    'groups',
    'role>name:text description>description:text created_at>created_at:moment updated_at>updated_at:moment',
  ],
  auth_memberships: [
    'group_memberships',
    'user>user_id:users auth_group>group_id:auth_groups created_at>created_at:moment updated_at>updated_at:moment',
  ],
  roles: ['roles', 'name>name:text description>description:text created_at>created_at:moment'],
  permissions: [
    'permissions',
    'resource>resource:text action>action:text scope>scope:text name>given_name:derived description>description:text ' +
      'created_at>created_at:moment',
  ],
  user_roles: [
    'user_roles',
    'user>user_id:users role>role_id:roles assigned_at>assigned_at:moment assigned_by>assigned_by:users?',
  ],
  role_permissions: [
    'role_permissions',
    'role>role_id:roles permission>permission_id:permissions granted_at>granted_at:moment granted_by>granted_by:users?',
  ],
  oauth_accounts: [
    'oauth_accounts',
    'user>user_id:users provider>provider:text provider_user_id>provider_user_id:text email>email:text? ' +
      'name|display_name>name:text? picture|profile_url>picture:text? profile_data>profile_data:json ' +
      'created_at>created_at:moment? last_login_at|updated_at>last_login_at:moment?',
  ],
  oauth_tokens: [
    'oauth_tokens',
    'oauth_account>oauth_account_id:oauth_accounts access_token_encrypted|access_token>access_token_encrypted:text? ' +
      'refresh_token_encrypted|refresh_token>refresh_token_encrypted:text? token_type>token_type:text scope>scope:text? ' +
      'access_token_expires_at|expires_at>access_token_expires_at:moment? ' +
      'refresh_token_expires_at>refresh_token_expires_at:moment? created_at>created_at:moment? updated_at>updated_at:moment?',
  ],
  posts: ['posts', 'title>title:text text>body:text date>published_at:moment user>author_id:users?'],
  comments: ['comments', 'text>body:text date>created_at:moment user>author_id:users? post>post_id:posts'],
  auth_events: [
    'audit_events',
    'created_at>created_at:moment user>actor_id:users? client_ip>client_ip:text? origin>origin:text ' +
      'description>description:text updated_at>:twin',
  ],
}

/** Parents before children, as they have to be looked at. */
export const specs: Record<string, Spec> = Object.fromEntries(
  Object.entries(columns).map(([table, [target, text]]) => {
    const parts = text.split(' ').map((part): Spec['columns'][number] => {
      const [, names = '', to = '', kind = ''] = /^(.+)>(\w*):(.+)$/.exec(part) ?? []
      return [names.split('|'), to, kind]
    })
    return [table, { target, columns: parts }]
  }),
)

/** Every value of these tables by its class and its bytes. */
export function cellsOf(path: string): Cells {
  const db = new DatabaseSync(path, { readOnly: true })
  const cells: Cells = {}
  for (const { name } of db.prepare(`select name from sqlite_schema where type = 'table'`).all()) {
    const table = String(name)
    if (!specs[table]) continue
    const names = db.prepare('select name from pragma_table_info(?)').all(table)
    const parts = names.flatMap(({ name: column }, n) => {
      const place = quoted(String(column))
      return [`typeof(${place}) as t${n}`, `${place} as v${n}`, `cast(${place} as blob) as b${n}`]
    })
    const statement = db.prepare(`select id, ${parts.join(', ')} from ${quoted(table)} order by id`)
    statement.setReadBigInts(true)
    cells[table] = new Map()
    for (const row of statement.all()) {
      const values = names.map(({ name: column }, n): [string, Cell] => [
        String(column),
        {
          type: String(row[`t${n}`]),
          value: row[`v${n}`],
          bytes: Buffer.from((row[`b${n}`] as Uint8Array | null) ?? []),
        },
      ])
      cells[table].set(row.id as bigint, Object.fromEntries(values))
    }
  }
  db.close()
  return cells
}

/** What one row becomes, as far as it does not depend on what else there is. */
export function wantedOf(table: string, id: bigint, row: Record<string, Cell>, cells: Cells): Wanted {
  const wanted: Wanted = { reason: undefined, changes: new Set(), leftovers: [], values: {} }
  if (!isSafe(id)) return { ...wanted, reason: 'id-out-of-range' }
  const used = new Set(['id'])
  const rule = new Rules(wanted, cells)
  for (const [names, target, kind] of specs[table]?.columns ?? []) {
    const name = names.find((one) => one in row) ?? names[0] ?? ''
    used.add(name)
    const value = rule.apply(kind, row[name] ?? nothing, row)
    if (target) wanted.values[target] = value
  }
  const unknown = Object.keys(row).filter((name) => !used.has(name) && row[name]?.type !== 'null')
  if (unknown.length > 0) wanted.leftovers.push('unknown-column')
  if (table === 'users') finishUser(wanted)
  if (wanted.reason) wanted.leftovers = []
  if (wanted.reason) wanted.changes.clear()
  return wanted
}

const nothing: Cell = { type: 'null', value: null, bytes: Buffer.alloc(0) }
const unknown = '1970-01-01T00:00:00.000000Z'
const nouns: Record<string, string> = { auth_groups: 'group', oauth_accounts: 'account' }

export const isSafe = (id: bigint): boolean => BigInt.asIntN(54, id) === id && id !== -(2n ** 53n)
export const nounOf = (table: string): string => nouns[table] ?? table.slice(0, -1)

class Rules {
  readonly #wanted: Wanted
  readonly #cells: Cells

  constructor(wanted: Wanted, cells: Cells) {
    this.#wanted = wanted
    this.#cells = cells
  }

  apply(kind: string, cell: Cell, row: Record<string, Cell>): string | null {
    const { changes, leftovers } = this.#wanted
    const isNull = cell.type === 'null'
    switch (kind) {
      case 'text':
        if (isNull) changes.add('text-missing')
        return isNull ? '' : this.#text(cell)
      case 'text?':
        return isNull ? null : this.#text(cell)
      case 'moment':
        return this.#moment(cell) ?? unknown
      case 'moment?':
        return isNull ? null : this.#moment(cell)
      case 'email': {
        if (isNull) return null
        const text = this.#text(cell)
        const folded = text.normalize('NFKC').trim().toLowerCase().replace(/\.$/, '')
        if (folded !== text) changes.add('email-folded')
        if (Buffer.byteLength(folded) <= 2000) return folded || null
        this.#wanted.leftovers.push('too-long')
        return null
      }
      case 'password':
        return isNull ? null : this.#password(cell)
      case 'state': {
        const key = isNull ? '' : this.#text(cell).trim()
        if (['', 'pending', 'disabled', 'blocked'].includes(key)) return key || 'active'
        changes.add('unconfirmed')
        return 'pending'
      }
      case 'json':
        return isNull ? null : this.#json(this.#text(cell))
      case 'twin':
      case 'aside': {
        const isBlank = isNull || (cell.type === 'text' && String(cell.value).trim() === '')
        const twin = kind === 'twin' ? row.created_at : undefined
        const isTwin = twin && cell.type !== 'blob' && twin.type === cell.type && twin.value === cell.value
        if (!isBlank && !isTwin) leftovers.push('no-home')
        return null
      }
      case 'derived':
        return isNull ? null : this.#text(cell)
      default:
        return this.#reference(kind.replace('?', ''), kind.endsWith('?'), cell)
    }
  }

  #text({ type, value, bytes }: Cell, isSecret = false): string {
    const { changes, leftovers } = this.#wanted
    if (type === 'integer' || type === 'real') {
      changes.add('number-to-text')
      return String(value)
    }
    if (type === 'blob') changes.add('bytes-to-text')
    const { text, isUtf8 } = read(bytes)
    const found = [isUtf8 ? [] : 'not-utf8', text.includes('\0') ? 'nul-removed' : []].flat()
    for (const name of found) changes.add(name)
    if (!isSecret) leftovers.push(...found)
    return text.replaceAll('\0', '')
  }

  /** The forms that there are, each with what it says, stand in a list that was made by hand. */
  #moment({ type, value }: Cell): string | null {
    if (type === 'text' && /^(?!0000)\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(String(value))) {
      const iso = `${String(value).replace(' ', 'T')}.000Z`
      if (!Number.isNaN(Date.parse(iso)) && new Date(iso).toISOString() === iso) return iso.replace('.000Z', '.000000Z')
    }
    const known = momentForms.find(([form]) => (type === 'blob' ? form instanceof Uint8Array : sameForm(form, value)))
    if (!known) throw new Error(`No form of a moment is like ${String(value)}.`)
    if (known[1]) this.#wanted.changes.add(known[1])
    return /missing|unreadable/.test(known[1]) ? null : known[2]
  }

  #password(cell: Cell): string | null {
    const stored = this.#text(cell, true)
    if (stored === '') return null
    const kind = kindOfStoredPassword(stored)
    if (kind === 'clear') this.#wanted.changes.add('password-hashed')
    if (kind === 'unverifiable') this.#wanted.leftovers.push('unreadable-password')
    return kind === 'clear' ? '(hashed)' : kind === 'unverifiable' ? null : stored
  }

  #json(text: string): string | null {
    try {
      const parsed: unknown = JSON.parse(text)
      if (parsed === null) return null
      const again = JSON.stringify(parsed)
      if (!/\\u0000|\\ud[89a-f]/i.test(again) && !/\d[eE]\+?\d{3}/.test(text)) return text
    } catch {
      // As any other text.
    }
    this.#wanted.changes.add('json-unreadable')
    this.#wanted.leftovers.push('json-unreadable')
    return null
  }

  #reference(to: string, isOptional: boolean, { type, value }: Cell): string | null {
    if (isOptional && type === 'null') return null
    const digits = type === 'text' ? /^\s*([+-]?\d{1,16})(?:\.0+)?\s*$/.exec(String(value))?.[1] : undefined
    const whole =
      type === 'integer' || (type === 'real' && Number.isSafeInteger(value)) ? BigInt(value as number) : undefined
    const id = digits === undefined ? whole : BigInt(digits)
    if (digits !== undefined && id !== undefined && isSafe(id)) this.#wanted.changes.add('text-to-number')
    if (id !== undefined && isSafe(id) && this.#cells[to]?.has(id)) return String(id)
    if (isOptional) this.#wanted.changes.add('author-missing')
    else this.#wanted.reason ??= `${nounOf(to)}-missing`
    return null
  }
}

function sameForm(form: unknown, value: unknown): boolean {
  const plain = form !== null && typeof form === 'object' && 'real' in form ? form.real : form
  if (plain === null || value === null) return plain === value
  // A column of moments makes a number of a text that looks like one.
  return plain === value || (typeof value !== 'string' && plain !== '' && Number(plain) === Number(value))
}

function finishUser({ values, changes }: Wanted): void {
  const name = cleanName([values.first_name, values.last_name].filter(Boolean).join(' '))
  if (name === '') changes.add('name-missing')
  else values.name = name
}

// Well-formed sequences by the table of the Unicode standard (3-7), or else a byte.
const sequences =
  /[\0-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[^]/g
const windows =
  '€\ufffd‚ƒ„…†‡ˆ‰Š‹Œ\ufffdŽ\ufffd\ufffd‘’“”•–—˜™š›œ\ufffdžŸ' +
  Array.from({ length: 96 }, (_, n) => String.fromCharCode(160 + n)).join('')

function read(bytes: Buffer): { text: string; isUtf8: boolean } {
  let isUtf8 = true
  const text = bytes.toString('latin1').replace(sequences, (sequence) => {
    const code = sequence.charCodeAt(0)
    if (sequence.length > 1 || code < 0x80) return Buffer.from(sequence, 'latin1').toString()
    isUtf8 = false
    return windows[code - 128] ?? ''
  })
  return { text, isUtf8 }
}
