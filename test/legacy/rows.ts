// A handful of rows for every table of every family. A family takes the columns it has.
import { encryptFernet } from './fernet.ts'
import { adminHash, storedForm } from './passwords.ts'
import { type Family, revisionOf } from './schemas.ts'
import { seedGrants, seedPermissions, seedRoles } from './seed.ts'

export type Value = null | number | bigint | string | Uint8Array
export type Row = { [column: string]: Value }

/** The families in whose files clear text stood beside hashes. */
const withClearText: Family[] = ['F5', 'F6', 'F7', 'F14', 'F15']

export function rowsOf(family: Family): Record<string, Row[]> {
  const revision = revisionOf(family)
  const hasUsers = family !== 'F8'
  return {
    emmett_schema: revision ? [{ id: 1, version: revision }] : [],
    users: users(family),
    auth_groups: [
      { id: 1, ...stamps, role: 'admin', description: 'Administrators' },
      { id: 3, ...stamps, role: 'editors', description: null },
    ],
    auth_memberships: [
      { id: 1, ...stamps, user: 1, auth_group: 1 },
      { id: 2, ...stamps, user: 3, auth_group: 3 },
    ],
    auth_permissions: [
      { id: 1, ...stamps, name: 'default', table_name: 'posts', record_id: 0, auth_group: 1 },
      { id: 2, ...stamps, name: 'edit', table_name: null, record_id: null, auth_group: 3 },
    ],
    auth_events: events,
    posts: hasUsers ? posts : posts.map((post) => ({ ...post, user: post.id === 2 ? 7 : null })),
    comments,
    roles: family === 'F5' ? seedRoles.map((role) => ({ ...role, name: capitalised(role.name) })) : seedRoles,
    permissions: seedPermissions,
    user_roles: [
      { id: 1, user: 1, role: 1, assigned_at: '2025-10-13 09:15:02', assigned_by: null },
      { id: 2, user: 3, role: 3, assigned_at: '2025-10-13 10:00:00', assigned_by: 1 },
      { id: 3, user: 6, role: 4, assigned_at: '2025-10-14 11:30:00', assigned_by: null },
    ],
    role_permissions: seedGrants,
    oauth_accounts: accounts,
    oauth_tokens: tokens,
    ...testRows,
  }
}

/** Ahead of the highest id, as in the old files; the rest follows from the rows. */
export const sequencesAhead: Record<string, number> = { users: 183, posts: 222, oauth_accounts: 5, oauth_tokens: 4 }

/** What the tokens say when they are decrypted with the key of fernet.ts. */
const tokenTexts = {
  github: 'gho_16C7e42F292c6912E7710c838347Ae178B4a',
  google: 'ya29.a0AfB_byC-例',
  googleRefresh: '1//0eXyZ-refresh',
}

const stamps = { created_at: '2025-10-12 14:03:22', updated_at: '2025-10-12 14:03:22' }
const keys = { registration_key: '', reset_password_key: '', registration_id: '' }

function users(family: Family): Row[] {
  const clear = withClearText.includes(family)
  const other = (form: string, text: string) => (clear ? storedForm(`the clear text ${text}`) : storedForm(form))
  const names = [
    [1, 'doc@emmettbrown.com', adminHash, 'Emmett', 'Brown'],
    [3, 'marty@example.com', other('fewer rounds', 'password123'), 'Marty', "O'Fly"],
    [4, 'zoë.müller@example.com', null, 'Zoë', 'Müller'],
    [6, 'li@example.cn', other('a Python bytes literal', 'password'), '明', '李'],
    [7, 'admin_3f2a@example.com', other('sha256', 'test123'), '"Quoted"', '\\Back/slash'],
  ] as const
  // The last versions of the old blog wrote no moments, and a column for names that stayed empty.
  const more = family === 'F15' ? { created_at: null, updated_at: null, username: null } : stamps
  return names.map(([id, email, password, first_name, last_name]) => ({
    id,
    ...more,
    email,
    password,
    ...keys,
    first_name,
    last_name,
  }))
}

const posts: Row[] = [
  { id: 1, title: 'Great Scott', text: 'The first post.', date: '2025-10-11 18:00:00', user: 1 },
  {
    id: 2,
    title: `Quotes ' " and \\ and %s`,
    text: `It's "quoted", 100 % of it.\r\nA second line.\r\n\r\n\tA tab; -- and a dash`,
    date: '2025-10-11 18:05:09',
    user: 1,
  },
  {
    id: 5,
    title: '测试文章 日本語 한국어',
    text: '这是中文内容。\n第二行：「引用」。',
    date: '2025-10-12 14:03:22',
    user: 6,
  },
  {
    id: 6,
    title: '<script>alert(1)</script>',
    text: '<script>alert("x")</script><b>bold</b> &amp; <img src=x onerror=alert(1)>',
    date: '2025-10-12 14:03:22',
    user: 3,
  },
  {
    id: 9,
    title: '🚀 Rocket 👩‍👩‍👧',
    text: 'Family 👨‍👩‍👧‍👦, e\u0301 in two parts, \u202eright to left',
    date: '2025-10-12 20:20:20',
    user: 4,
  },
  { id: 10, title: 'Without an author', text: 'Nobody wrote this.', date: '2025-10-13 07:00:00', user: null },
]

const comments: Row[] = [
  { id: 1, text: 'First!', date: '2025-10-11 18:01:00', user: 3, post: 1 },
  { id: 2, text: 'Nobody said this.', date: '2025-10-11 18:02:00', user: null, post: 1 },
  { id: 4, text: '好文章 👍\r\n<script>alert(2)</script>', date: '2025-10-12 15:00:00', user: 6, post: 5 },
  { id: 5, text: `'); drop table comments; --`, date: '2025-10-12 15:00:00', user: 7, post: 5 },
  { id: 8, text: 'Of a post without an author', date: '2025-10-13 08:00:00', user: 1, post: 10 },
]

// The old framework never filled in the {id}.
const events: Row[] = [
  { id: 1, client_ip: '127.0.0.1', description: 'User {id} logged in', user: 1 },
  { id: 2, client_ip: '172.18.0.1', description: 'User {id} logged out', user: 1 },
  { id: 3, client_ip: '203.0.113.9', description: 'User {id} registered', user: 3 },
  { id: 5, client_ip: null, description: '', user: null },
].map((event) => ({ ...event, ...stamps, origin: 'auth' }))

const accounts: Row[] = [
  {
    id: 1,
    user: 3,
    provider: 'github',
    provider_user_id: '583231',
    email: 'marty@example.com',
    ...naming('Marty', 'https://avatars.example.com/u/583231'),
    profile_data: '{"login": "marty", "id": 583231, "bio": null}',
    last_login_at: '2025-10-13 12:00:00',
    ...stamps,
  },
  {
    id: 2,
    user: 4,
    provider: 'google',
    provider_user_id: '115000000000000000001',
    email: 'zoë.müller@example.com',
    ...naming('Zoë Müller', null),
    profile_data: '{"locale": "de", "name": "Zo\\u00eb"}',
    last_login_at: null,
    ...stamps,
  },
]

const tokens: Row[] = [
  {
    id: 1,
    oauth_account: 1,
    ...ciphers(tokenTexts.github, null),
    scope: 'user:email read:user',
    ...expiry(null, null),
  },
  {
    id: 2,
    oauth_account: 2,
    ...ciphers(tokenTexts.google, tokenTexts.googleRefresh),
    scope: 'openid email profile',
    ...expiry('2025-10-13 13:00:00', '2026-10-13 12:00:00'),
  },
]

/** The same thing had two names. */
function naming(name: string, picture: string | null): Row {
  return { name, display_name: name, picture, profile_url: picture }
}

function ciphers(access: string, refresh: string | null): Row {
  const [one, other] = [encryptFernet(access), refresh === null ? null : encryptFernet(refresh)]
  return { access_token: one, access_token_encrypted: one, refresh_token: other, refresh_token_encrypted: other }
}

function expiry(access: string | null, refresh: string | null): Row {
  return {
    token_type: 'Bearer',
    expires_at: access,
    access_token_expires_at: access,
    refresh_token_expires_at: refresh,
    ...stamps,
  }
}

const nothing = { created_at: null, updated_at: null }
const testRows: Record<string, Row[]> = {
  test_products: [
    { id: 1, name: 'Flux capacitor', price: 1.21, in_stock: 'T', ...nothing },
    { id: 2, name: null, price: null, in_stock: 'F', ...nothing },
  ],
  test_categories: [{ id: 1, name: 'Parts', description: null }],
  test_items: [{ id: 1, title: 'One', category: 1, ...nothing }],
  test_orders: [{ id: 1, total: 1e21, count: 3, ordered_at: '2025-10-13 11:11:11', user: 1 }],
  test_notes: [{ id: 1, text: 'Remember', done: null }],
  custom_model: [{ id: 1, code: 'X-1', data: '[]' }],
  legacy_model: [{ id: 7, name: 'old', created_at: null }],
}

function capitalised(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}
