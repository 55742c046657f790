// What a route is tried on: things of Ben's, made anew where the route changes them.
import { sql } from 'kysely'
import { deleteComment } from '../src/comments/queries.ts'
import { paths } from '../src/paths.ts'
import { binPost } from '../src/post-bin/queries.ts'
import { saveDraft } from '../src/post-drafts/queries.ts'
import { findPost } from '../src/posts/queries.ts'
import type { TestApp } from './app.ts'
import { newcomer } from './cast.ts'
import { publishPost, writePost } from './pages.ts'

type Made = Record<string, string>
const nobody = 'x'.repeat(43)

/** The values of the parameters of a route, for something of Ben's. */
export function objectsOf({ app, cast, db }: TestApp) {
  const { ben, bea } = cast
  const actor = { id: ben.id, ip: '127.0.0.1' }
  const comment = async (): Promise<string> => {
    const { slug } = await publishPost(bea)
    const answer = await ben.post(paths.postComments(slug), { body: 'Of Ben.' })
    return /comment=(\d+)/.exec(String(answer.headers.location))?.[1] ?? ''
  }
  const draft = async () => String((await writePost(ben)).id)
  const binned = async () => {
    const { id } = await writePost(ben)
    await binPost(db, id, actor)
    return String(id)
  }
  const link = async (): Promise<Made> => {
    const id = await draft()
    const form = { days: '7', note: '', submission_key: crypto.randomUUID() }
    await ben.post(paths.admin.postLinks(id), form)
    const row = await db.selectFrom('post_links').select('id').where('post_id', '=', Number(id)).executeTakeFirst()
    return { id, link: String(row?.id ?? 1) }
  }
  const job = async (): Promise<string> => {
    const { rows } = await sql<{ id: number }>`
      select id from graphile_worker.add_job('count-posts', '{}', run_at := now() + interval '1 year')`.execute(db)
    return String(rows[0]?.id)
  }
  const medium = async (): Promise<string> => {
    const { rows } = await sql<{ id: number }>`
      with file as (
        insert into media_files (content_hash, place, width, height, is_animated, sizes)
        values (sha256(gen_random_uuid()::text::bytea), left(md5(random()::text), 20), 10, 10, false, '[10]') returning id)
      insert into media (key, files_id, name, uploaded_by)
      select left(md5(random()::text), 16), id, 'A picture', ${ben.id} from file returning id`.execute(db)
    return String(rows[0]?.id ?? 1)
  }
  const seriesOf = async () => {
    await publishPost(ben, { series: 'Of Ben' })
    return 'of-ben'
  }
  const tagOf = async () => {
    await publishPost(ben, { tags: 'Of Ben' })
    return 'of-ben'
  }
  const idOf = async (table: 'tags' | 'series', slug: string) => {
    const row = await db.selectFrom(table).select('id').where('slug', '=', slug).executeTakeFirst()
    return String(row?.id ?? 1)
  }
  const deleted = async () => {
    const id = await comment()
    await deleteComment(db, Number(id), actor)
    return id
  }
  const withDraft = async () => {
    const { id } = await publishPost(ben)
    const post = await findPost(db, id)
    const written = { title: 'A draft', body: 'Not yet.' }
    await saveDraft(db, { id, body_format: 'markdown' }, post?.version ?? 1, written, actor)
    return String(id)
  }

  const person = async (): Promise<string> => {
    const name = `Person ${crypto.randomUUID().slice(0, 8)}`
    return String((await newcomer(app, db, name.replace(' ', '-'), 'viewer')).id)
  }
  const role = async (): Promise<string> => {
    const name = crypto.randomUUID()
    const row = await db.insertInto('roles').values({ name }).returning('id').executeTakeFirstOrThrow()
    return String(row.id)
  }
  const group = async (): Promise<string> => {
    const name = `g${crypto.randomUUID().replaceAll('-', '')}`
    const row = await db.insertInto('groups').values({ name }).returning('id').executeTakeFirstOrThrow()
    return String(row.id)
  }
  const permission = async (): Promise<string> => {
    const action = `do_${crypto.randomUUID().replaceAll('-', '')}`
    const values = { resource: 'thing', action, scope: '' }
    const row = await db.insertInto('permissions').values(values).returning('id').executeTakeFirstOrThrow()
    return String(row.id)
  }
  const invitation = async (): Promise<string> => {
    const email = `${crypto.randomUUID()}@example.com`
    const { rows } = await sql<{ id: number }>`insert into invitations (email, role_id, invited_by, expires_at)
      select ${email}, id, ${ben.id}, now() + interval '1 day' from roles where name = 'viewer' returning id`.execute(
      db,
    )
    return String(rows[0]?.id ?? 1)
  }
  const ban = async (): Promise<string> => {
    const email = `${crypto.randomUUID()}@example.com`
    const row = await db.insertInto('bans').values({ email, reason: 'x' }).returning('id').executeTakeFirstOrThrow()
    return String(row.id)
  }
  const session = async (): Promise<Made> => {
    const id = await person()
    const row = await db.selectFrom('sessions').select('id').where('user_id', '=', Number(id)).executeTakeFirst()
    return { id, session: row?.id ?? '' }
  }
  const published = async () => String((await publishPost(ben)).id)

  const rules: [RegExp, () => Promise<Made>][] = [
    [/^\/posts\/:slug\/picture/, async () => ({ slug: (await publishPost(ben)).slug, file: 'x.png' })],
    [/^\/posts\/:slug/, async () => ({ slug: (await publishPost(ben)).slug })],
    [/^\/comments\/:id/, async () => ({ id: await comment() })],
    [/^\/admin\/posts\/:id\/links\/:link/, link],
    [/^\/admin\/posts\/:id\/revisions\/:number/, async () => ({ id: await draft(), number: '1' })],
    [/^\/admin\/posts\/:id/, async () => ({ id: await draft() })],
    [/^\/admin\/bin\/:id/, async () => ({ id: await binned() })],
    [/^\/admin\/media\/:id/, async () => ({ id: await medium() })],
    [/^\/admin\/tags\/:id/, async () => ({ id: await idOf('tags', await tagOf()) })],
    [/^\/admin\/series\/:id/, async () => ({ id: await idOf('series', await seriesOf()) })],
    [/^\/api\/v1\/users\/:id\/sessions\/:session/, session],
    [/^\/(admin\/people|api\/v1)\/invitations\/:id/, async () => ({ id: await invitation() })],
    [/^\/(admin|api\/v1)\/jobs\/:id/, async () => ({ id: await job() })],
    [/^\/(admin|api\/v1)\/bans\/:id/, async () => ({ id: await ban() })],
    [/^\/admin\/people\/:id|^\/api\/(v1\/)?users\/:id/, async () => ({ id: await person(), role: '4' })],
    [/^\/api\/v1\/groups\/:id\/members\/:user/, async () => ({ id: await group(), user: await person() })],
    [/^\/admin\/roles\/groups\/:id|^\/api\/v1\/groups\/:id/, async () => ({ id: await group() })],
    [/^\/admin\/roles\/:id|^\/api\/(v1\/)?roles\/:id/, async () => ({ id: await role() })],
    [/^\/admin\/permissions\/:id|^\/api\/(v1\/)?permissions\/:id/, async () => ({ id: await permission() })],
    [/^\/api\/comments\/:id/, async () => ({ id: await comment() })],
    [/^\/api\/posts\/:id/, async () => ({ id: await published() })],
    [/^\/authors\/:slug/, async () => ({ slug: 'ben' })],
    [/^\/series\/:slug/, async () => ({ slug: await seriesOf() })],
    [/^\/tags\/:slug/, async () => ({ slug: await tagOf() })],
    [/:year/, async () => ({ year: String(new Date().getUTCFullYear()), month: '01' })],
    [/:token|:key/, async () => ({ token: nobody, key: nobody })],
    [/^\/api\/v1\/posts\/:id\/restoration/, async () => ({ id: await binned() })],
    [/^\/api\/v1\/posts\/:id\/comments/, async () => ({ id: String((await publishPost(ben)).id) })],
    [/^\/api\/v1\/posts\/:id\/draft/, async () => ({ id: await withDraft() })],
    [/^\/api\/v1\/comments\/:id\/restoration/, async () => ({ id: await deleted() })],
    [/^\/api\/v1\/comments\/:id/, async () => ({ id: await comment() })],
    [/^\/api\/v1\/media\/:id/, async () => ({ id: await medium() })],
    [/^\/api\/v1\/tags\/:id/, async () => ({ id: await idOf('tags', await tagOf()) })],
    [/^\/api\/v1\/series\/:id/, async () => ({ id: await idOf('series', await seriesOf()) })],
    [/^\/api\/v1\/posts\/:id/, async () => ({ id: await draft(), number: '1' })],
  ]
  return async (route: string): Promise<Made> => {
    const found = rules.find(([pattern]) => pattern.test(route))
    return { id: '999999', slug: 'not-there', part: '0', ...(found && (await found[1]())) }
  }
}
