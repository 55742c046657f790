// The blog that the faults happen to: posts, readers who are signed in, and writers with a token each.
import { createHash } from 'node:crypto'
import { countPosts } from '../src/archive/queries.ts'
import { scopes } from '../src/api-tokens/token.ts'
import { migrate } from '../src/db/migrate.ts'
import { rendererVersion } from '../src/markdown/renderer-version.ts'
import { openDatabase } from '../src/db/pool.ts'
import { rebuild } from '../src/search-index/rebuild.ts'
import { type Postgres, limits } from './postgres.ts'

/** Each may comment 30 times in five minutes: enough for 80 comments a second. */
export const writers = 800
export const posts = 50
export const slugOf = (n: number) => `post-${n}`

const tokenOf = (n: number) => `bloggy_${createHash('sha256').update(`writer ${n}`).digest('base64url').slice(0, 43)}`
const sessionOf = (n: number) => createHash('sha256').update(`session ${n}`).digest('base64url')
const hashOf = (token: string) => createHash('sha256').update(token).digest()

/** What a writer shows to the interface for programs, and a reader as a cookie. */
export const bearerOf = (n: number) => `Bearer ${tokenOf(n)}`
export const cookieOf = (n: number) => `bloggy=${sessionOf(n)}`

export async function seed(postgres: Postgres): Promise<void> {
  await postgres.asSuperuser(async (sql) => {
    await sql`create role bloggy login`
    await sql`create database bloggy owner bloggy template template0 encoding 'UTF8' locale 'C.UTF-8'`
  }, 'postgres')
  await migrate(postgres.target, limits)
  await postgres.asSuperuser(async (sql) => {
    await sql`
      insert into users (name, slug, email, email_confirmed_at)
        select 'Writer ' || n, 'writer-' || n, 'w' || n || '@example.com', now() from generate_series(0, ${writers - 1}::int) n
        order by n`
    await sql`insert into user_roles (user_id, role_id)
      select users.id, roles.id from users, roles where roles.name = 'author'`
    await sql`insert into user_roles (user_id, role_id)
      select min(users.id), roles.id from users, roles where roles.name = 'admin' group by roles.id`
    await sql`update settings set title = 'Faults', set_up_at = now()`
    await sql`
      insert into posts (slug, title, body, body_html, author_id, renderer_version, published_at)
        select 'post-' || n, 'A post with number ' || n, 'It is.', '<p>It is.</p>', (select min(id) from users),
          ${rendererVersion}, now() - n * interval '1 hour' from generate_series(0, ${posts - 1}::int) n order by n`
    const users = await sql<{ id: number }[]>`select id from users order by id`
    const tokens = users.map(({ id }, n) => ({
      user_id: id,
      name: 'faults',
      token_hash: hashOf(tokenOf(n)),
      ending: tokenOf(n).slice(-4),
      scopes: scopes.join(' '),
    }))
    await sql`insert into api_tokens ${sql(tokens)}`
    const sessions = users.slice(0, 50).map(({ id }, n) => ({
      token_hash: hashOf(sessionOf(n)),
      user_id: id,
      expires_at: new Date(Date.now() + 86_400_000),
    }))
    await sql`insert into sessions ${sql(sessions)}`
  })
  const { db, close } = openDatabase(postgres.target, limits)
  await countPosts(db)
  await rebuild(db, 'en', () => {})
  await close()
  await postgres.asSuperuser(async (sql) => await sql`vacuum analyze`)
}
