// The rows of a comment, a save and a publication, in one transaction each, and nothing else that Bloggy does: no session, no
// rights, no rules, no rendering, no form to show again.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Sql } from 'postgres'

type Form = Record<string, string>

export function writeFloor(sql: Sql) {
  const writes: Record<string, (form: Form) => Promise<unknown>> = {
    '/comment': async ({ post_id = '', author_id = '', body = '', submission_key = '' }) =>
      await sql.begin(async (sql) => {
        const html = `<p>${body}</p>`
        const [row] = await sql`
          insert into comments (post_id, author_id, body, body_format, body_html, submission_key)
            values (${post_id}, ${author_id}, ${body}, 'markdown', ${html}, ${submission_key}) returning id`
        await record(sql, 'comment.created', author_id, 'comment', row?.id)
      }),
    '/save': async ({ id = '', author_id = '', title = '', body = '' }) =>
      await sql.begin(async (sql) => {
        await sql`
          update posts set title = ${title}, body = ${body}, body_html = ${`<p>${body}</p>`}, version = version + 1,
            updated_at = now(), updated_by = ${author_id} where id = ${id}`
        await keepRevision(sql, { id, kind: 'saved', title, body, author_id })
        await record(sql, 'post.changed', author_id, 'post', id)
      }),
    '/publish': async ({ author_id = '', title = '', body = '', submission_key = '' }) =>
      await sql.begin(async (sql) => {
        const [row] = await sql`
          insert into posts (slug, title, body, body_html, author_id, updated_by, published_at, submission_key)
            values (${`floor-${submission_key}`}, ${title}, ${body}, ${`<p>${body}</p>`}, ${author_id}, ${author_id}, now(),
              ${submission_key}) returning id`
        await keepRevision(sql, { id: row?.id, kind: 'published', title, body, author_id })
        await record(sql, 'post.published', author_id, 'post', row?.id)
      }),
  }
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()))
    await writes[request.url ?? '']?.(form)
    response.writeHead(303, { location: '/' })
    response.end()
  }
}

type Transaction = Parameters<Parameters<Sql['begin']>[1]>[0]

async function record(sql: Transaction, action: string, actor: string, type: string, id: unknown): Promise<void> {
  await sql`
    insert into audit_events (action, actor_id, subject_type, subject_id, client_ip)
      values (${action}, ${actor}, ${type}, ${String(id)}, '127.0.0.1')`
}

type Revision = { id: unknown; kind: string; title: string; body: string; author_id: string }

async function keepRevision(sql: Transaction, { id, kind, title, body, author_id }: Revision): Promise<void> {
  await sql`
    insert into post_revisions (post_id, number, kind, title, body, body_format, author_id)
      select ${String(id)}::bigint, coalesce(max(number), 0) + 1, ${kind}, ${title}, ${body}, 'markdown', ${author_id}::bigint
        from post_revisions where post_id = ${String(id)}`
}
