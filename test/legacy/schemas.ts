// The tables of every family of SQLite files that Bloggy ever wrote: the same words in the same order as in the files.

export type Family = (typeof families)[number]
export type Table = { name: string; columns: string[]; sql: string }
export type Schema = { tables: Table[]; indexes: string[] }

export const families = [
  'F1',
  'F2',
  'F3',
  'F4',
  'F5',
  'F6',
  'F7',
  'F8',
  'F9',
  'F10',
  'F11',
  'F12',
  'F13',
  'F14',
  'F15',
] as const

/** By migrations, by the fallback at run time (unique twice), or generated from the models (unique by index). */
type Origin = 'migrated' | 'runtime' | 'generated'

export function schemaOf(family: Family): Schema {
  const origin = originOf(family)
  const base = baseTables(origin)
  const roles = roleTables(origin)
  const version = [table('emmett_schema', id, char('version', 512))]
  const named = (...names: string[]) => [...base, ...roles].filter(({ name }) => names.includes(name))
  const tables: Record<Family, Table[]> = {
    F1: [...version, ...base],
    F2: [...version, ...base],
    F3: named('auth_groups', 'posts', 'users'),
    F4: base,
    F5: [...base, ...roles],
    F6: [...version, ...base, ...roles, ...handWrittenOauth],
    F7: [...version, ...base, ...roles, ...handWrittenOauth],
    F8: named('auth_groups', 'posts', 'roles'),
    F9: named('auth_groups', 'posts', 'roles', 'users'),
    F10: [...version, ...base, ...roles, ...firstOauth],
    F11: [...version, ...base, ...roles],
    F12: [...version, ...base, ...roles, ...oauthTables(origin)],
    F13: [...version, ...base, ...roles, ...oauthTables(origin), ...testTables],
    F14: [...version, ...base, ...roles, ...oauthTables(origin)],
    F15: [...version, ...baseTables(origin, char('username', 255)), ...roles, ...oauthTables(origin)],
  }
  const names = new Set(tables[family].map(({ name }) => name))
  const indexes = origin === 'migrated' ? [] : uniqueIndexes.filter(([name]) => names.has(name))
  return {
    tables: tables[family],
    indexes: indexes.map(
      ([name, column]) => `CREATE UNIQUE INDEX "${name}_widx__${column}_unique" ON "${name}" ("${column}")`,
    ),
  }
}

/** The revision in emmett_schema; null for a family that has none. */
export function revisionOf(family: Family): string | null {
  if (family === 'F1') return '9d6518b3cdc2'
  if (family === 'F7' || family === 'F11') return 'a1b2c3d4e5f6'
  if (family === 'F10' || family === 'F12' || family === 'F13') return 'b2c3d4e5f6g7'
  if (family === 'F14' || family === 'F15') return 'c7ffdf8268fe'
  return null
}

function originOf(family: Family): Origin {
  if (family === 'F14' || family === 'F15') return 'generated'
  return ['F3', 'F4', 'F5', 'F6', 'F8', 'F9'].includes(family) ? 'runtime' : 'migrated'
}

const id = '"id" INTEGER PRIMARY KEY AUTOINCREMENT'
const char = (name: string, length: number, more = '') => `"${name}" CHAR(${length})${more}`
const text = (name: string, more = '') => `"${name}" TEXT${more}`
const integer = (name: string, more = '') => `"${name}" INTEGER${more}`
const moment = (name: string) => `"${name}" TIMESTAMP`
const reference = (name: string, to: string) => `"${name}" INTEGER REFERENCES "${to}" ("id") ON DELETE CASCADE`

function table(name: string, ...parts: string[]): Table {
  const columns = parts.map((part) => /^"(\w+)"/.exec(part)?.[1] ?? '')
  return { name, columns, sql: `CREATE TABLE "${name}"(\n    ${parts.join(',\n    ')}\n)` }
}

const stamps = [moment('created_at'), moment('updated_at')]
const uniqueIndexes = [
  ['users', 'email'],
  ['auth_groups', 'role'],
  ['roles', 'name'],
  ['permissions', 'name'],
] as const

function baseTables(origin: Origin, ...moreOfUsers: string[]): Table[] {
  const unique = origin === 'runtime' ? ' UNIQUE' : ''
  return [
    table(
      'users',
      id,
      ...stamps,
      char('email', 255, unique),
      char('password', 512),
      char('registration_key', 512, " DEFAULT ''"),
      char('reset_password_key', 512, " DEFAULT ''"),
      char('registration_id', 512, " DEFAULT ''"),
      char('first_name', 128, ' NOT NULL'),
      char('last_name', 128, ' NOT NULL'),
      ...moreOfUsers,
    ),
    table('auth_groups', id, ...stamps, char('role', 255, ` DEFAULT ''${unique}`), text('description')),
    table('auth_memberships', id, ...stamps, reference('user', 'users'), reference('auth_group', 'auth_groups')),
    table(
      'auth_permissions',
      id,
      ...stamps,
      char('name', 512, " NOT NULL DEFAULT 'default'"),
      char('table_name', 512),
      integer('record_id', ' DEFAULT 0'),
      reference('auth_group', 'auth_groups'),
    ),
    table(
      'auth_events',
      id,
      ...stamps,
      char('client_ip', 512),
      char('origin', 512, " NOT NULL DEFAULT 'auth'"),
      text('description', " NOT NULL DEFAULT ''"),
      reference('user', 'users'),
    ),
    table('posts', id, char('title', 512), text('text'), moment('date'), reference('user', 'users')),
    table('comments', id, text('text'), moment('date'), reference('user', 'users'), reference('post', 'posts')),
  ]
}

function roleTables(origin: Origin): Table[] {
  const unique = origin === 'generated' ? '' : ' UNIQUE'
  const assigned = [moment('assigned_at'), integer('assigned_by')]
  const granted = [moment('granted_at'), integer('granted_by')]
  return [
    table('roles', id, char('name', 80, ` NOT NULL${unique}`), text('description'), moment('created_at')),
    table(
      'permissions',
      id,
      char('name', 120, `${origin === 'migrated' ? ' NOT NULL' : ''}${unique}`),
      char('resource', 40, ' NOT NULL'),
      char('action', 40, ' NOT NULL'),
      char('scope', 20),
      text('description'),
      moment('created_at'),
    ),
    withReferences(origin, 'user_roles', [reference('user', 'users'), reference('role', 'roles')], assigned),
    withReferences(
      origin,
      'role_permissions',
      [reference('role', 'roles'), reference('permission', 'permissions')],
      granted,
    ),
  ]
}

/** Migrations name references first, what is made from the models names them last. */
function withReferences(origin: Origin, name: string, references: string[], others: string[]): Table {
  return origin === 'migrated' ? table(name, id, ...references, ...others) : table(name, id, ...others, ...references)
}

function oauthTables(origin: Origin): Table[] {
  return [
    withReferences(
      origin,
      'oauth_accounts',
      [reference('user', 'users')],
      [
        char('provider', 50, ' NOT NULL'),
        char('provider_user_id', 255, ' NOT NULL'),
        char('email', 255),
        char('name', 255),
        char('picture', 512),
        text('profile_data'),
        moment('created_at'),
        moment('last_login_at'),
      ],
    ),
    withReferences(
      origin,
      'oauth_tokens',
      [reference('oauth_account', 'oauth_accounts')],
      [
        text('access_token_encrypted', ' NOT NULL'),
        text('refresh_token_encrypted'),
        char('token_type', 50, origin === 'generated' ? " DEFAULT 'Bearer'" : ''),
        char('scope', 512),
        moment('access_token_expires_at'),
        moment('refresh_token_expires_at'),
        ...stamps,
      ],
    ),
  ]
}

/** What the revision of F12 said at first, under the same name. */
const firstOauth = [
  table(
    'oauth_accounts',
    id,
    reference('user', 'users'),
    char('provider', 50, ' NOT NULL'),
    char('provider_user_id', 255, ' NOT NULL'),
    char('email', 255),
    char('display_name', 255),
    char('profile_url', 512),
    ...stamps,
  ),
  table(
    'oauth_tokens',
    id,
    reference('oauth_account', 'oauth_accounts'),
    text('access_token', ' NOT NULL'),
    text('refresh_token'),
    char('token_type', 50),
    moment('expires_at'),
    text('scope'),
    ...stamps,
  ),
]

/** A script made these by hand: other types, bare names, no cascade. */
const handWrittenOauth: Table[] = [
  byHand('oauth_accounts', [
    'user INTEGER NOT NULL',
    'provider VARCHAR(50) NOT NULL',
    'provider_user_id VARCHAR(255) NOT NULL',
    'email VARCHAR(255)',
    'name VARCHAR(255)',
    'picture VARCHAR(512)',
    'profile_data TEXT',
    'created_at TIMESTAMP',
    'last_login_at TIMESTAMP',
    'FOREIGN KEY (user) REFERENCES users(id)',
    'UNIQUE(provider, provider_user_id)',
  ]),
  byHand('oauth_tokens', [
    'oauth_account INTEGER NOT NULL',
    'access_token_encrypted TEXT NOT NULL',
    'refresh_token_encrypted TEXT',
    'token_type VARCHAR(50)',
    'scope VARCHAR(512)',
    'access_token_expires_at TIMESTAMP',
    'refresh_token_expires_at TIMESTAMP',
    'created_at TIMESTAMP',
    'updated_at TIMESTAMP',
    'FOREIGN KEY (oauth_account) REFERENCES oauth_accounts(id)',
  ]),
]

function byHand(name: string, parts: string[]): Table {
  const lines = ['id INTEGER PRIMARY KEY AUTOINCREMENT', ...parts]
  const columns = lines.flatMap((line) => /^[a-z_]+/.exec(line)?.[0] ?? [])
  return { name, columns, sql: `CREATE TABLE ${name} (\n            ${lines.join(',\n            ')}\n        )` }
}

const double = (name: string) => `"${name}" DOUBLE`
const flag = (name: string) => `"${name}" CHAR(1)`
const testTables = [
  table('test_products', id, char('name', 512), double('price'), flag('in_stock'), ...stamps),
  table('test_categories', id, char('name', 512, ' NOT NULL UNIQUE'), text('description')),
  table('test_items', id, char('title', 512), reference('category', 'test_categories'), ...stamps),
  table('test_orders', id, double('total'), integer('count'), moment('ordered_at'), reference('user', 'users')),
  table('test_notes', id, text('text'), flag('done')),
  table('custom_model', id, char('code', 20), text('data')),
  table('legacy_model', id, char('name', 512), moment('created_at')),
]
