// A blog for tests of what goes out of it and comes back.
import type { Sql } from 'postgres'

type Row = Record<string, unknown>

export const argon2id = `$argon2id$v=19$m=19456,t=2,p=1$${'c2FsdA'.repeat(4)}$${'aGFzaA'.repeat(8)}`
export const oldHash = 'pbkdf2(2000,20,sha512)$a616e5f7f7c1fdd6$f522c1d56b67a75deb58f510b6dd660fcb61f210'
export const awkward = `Zeile\r\nNächste\tTab \\N \\. 'one' "two" \u{feff}BOM 日本語 👩‍👩‍👧 <script>alert(1)</script> \u0001 e\u0301`
export const long = 'Ein langer Satz mit 日本. '.repeat(200_000)
export const noon = '2025-10-12 12:00:00'

/** People, posts and comments with everything that is easily lost on the way into another database. */
export async function fillAwkwardBlog(sql: Sql): Promise<void> {
  const insert = (table: string, rows: Row[]) => insertRows(sql, table, rows)
  await insert('users', [
    user(1, { name: 'Doc Brown', first_name: 'Doc', last_name: 'Brown', password_hash: oldHash }),
    user(2, { name: 'Ada 👩 日本', password_hash: argon2id, created_at: '2025-10-12T14:03:22.123456+02:00' }),
    user(3, { email: null, name: 'e', first_name: '', last_name: '', created_at: '1970-01-01T00:00:00Z' }),
    user(4, { state: 'blocked', first_name: 'x'.repeat(200), last_name: "O'Neil" }),
    user(5, { state: 'pending', email_confirmed_at: null }),
    user(6, { email_confirmed_at: null }),
    user(3_000_000_000, { state: 'disabled', last_name: 'Only' }),
  ])
  await insert('groups', [{ id: 4, name: 'QA', description: awkward, created_at: noon, updated_at: '1970-01-01' }])
  await insert('group_memberships', [{ id: 9, user_id: 2, group_id: 4, created_at: noon, updated_at: noon }])
  await insert('roles', [{ id: 77, name: 'TestRole123', description: '', created_at: noon }])
  await insert('permissions', [
    { id: 99, resource: 'page', action: 'edit', scope: 'own', description: '日本', created_at: noon },
  ])
  await insert('user_roles', [
    { id: 5, user_id: 1, role_id: 77, assigned_at: noon, assigned_by: 3_000_000_000 },
    { id: 6, user_id: 2, role_id: 77, assigned_at: noon, assigned_by: null },
  ])
  await insert('oauth_accounts', [
    {
      id: 3,
      user_id: 2,
      provider: 'github',
      provider_user_id: '12345678901234567890',
      email: 'ada@example.com',
      name: awkward,
      picture: 'https://x.example/a?b=c&d',
      profile_data: { login: 'ada', nested: [1, 2.5, null, '日本'] },
      created_at: '1970-01-01',
      last_login_at: null,
    },
    { id: 8, user_id: 1, provider: 'google', provider_user_id: 'x' },
  ])
  await insert('oauth_tokens', [
    { id: 2, oauth_account_id: 3, access_token_encrypted: 'gAAAAABo', token_type: 'Bearer', scope: 'a b' },
  ])
  await insert('audit_events', [
    event(10, { description: 'User {id} Logged-in', actor_id: 1, client_ip: '127.0.0.1', origin: 'auth' }),
    event(11, { action: 'post.published', actor_id: 1 }),
    event(12, { actor_id: null, client_ip: null, description: awkward, created_at: '2025-10-12 12:00:00.5' }),
  ])
  await insert('posts', [
    post(1, { title: awkward, body: awkward, author_id: 1, published_at: '2025-10-12 12:00:00.000001' }),
    post(2, { title: '', body: '', author_id: null, published_at: '1970-01-01' }),
    post(3, { title: 'x'.repeat(600), body: long, published_at: '0700-01-01 00:00:00' }),
    post(5, { slug: 'in-markdown', body: '# Head', body_format: 'markdown', published_at: noon }),
    post(6, { slug: 'draft', body: 'not yet', body_format: 'markdown', published_at: null }),
    post(8, { slug: 'deleted', title: 'In the bin', published_at: null }),
    post(7, { slug: 'later', published_at: '2999-01-01 00:00:00' }),
    post(2_500_000_000, { published_at: noon, body: '<b>HTML</b>', body_format: 'html' }),
  ])
  await insert('comments', [
    { id: 1, post_id: 1, author_id: 2, body: awkward, created_at: '2025-10-12 12:00:00.120000' },
    { id: 2, post_id: 1, author_id: null, body: '', created_at: '1970-01-01' },
    { id: 3, post_id: 6, author_id: 1, body: 'on a draft', created_at: noon },
    { id: 4, post_id: 7, author_id: 1, body: 'on a later one', created_at: noon },
    { id: 5, post_id: 2_500_000_000, author_id: 3_000_000_000, body: long, created_at: noon },
    { id: 6, post_id: 8, author_id: 1, body: 'on a deleted one', created_at: noon },
  ])
  await insert('post_bin', [{ post_id: 8, published_at: noon, deleted_at: noon }])
  await insert('tags', [{ id: 1, slug: 'bread', name: 'Bread' }])
  const positions = { posts: 2_500_000_222, users: 3_000_000_000, oauth_tokens: 7, group_memberships: 4 }
  for (const [table, value] of Object.entries(positions)) {
    await sql`select setval(pg_get_serial_sequence(${table}, 'id'), ${value})`
  }
}

function user(id: number, more: Row = {}): Row {
  const base = { id, email: `p${id}@example.com`, name: `Person ${id}`, slug: `p${id}`, state: 'active' }
  return { ...base, email_confirmed_at: noon, created_at: noon, updated_at: '2025-10-13 12:00:00', ...more }
}

function event(id: number, more: Row): Row {
  return { id, action: 'legacy.event', origin: 'auth', description: '', details: {}, created_at: noon, ...more }
}

function post(id: number, more: Row): Row {
  return { id, slug: `p-${id}`, title: `Post ${id}`, body: 'Text', body_html: '', body_format: 'plain', ...more }
}

async function insertRows(sql: Sql, table: string, rows: Row[]): Promise<void> {
  for (const row of rows) {
    const columns = Object.keys(row).join(', ')
    await sql.unsafe(
      `insert into ${table} (${columns}) select ${columns} from json_populate_record(null::${table}, $1)`,
      [row as never],
    )
  }
}
