import { renderMarkdown } from '../../../markdown/render.ts'
import { renderPlain } from '../../../markdown/plain.ts'
import { type Run, schemaOf } from '../run.ts'

/**
 * Renders posts from both ends of the import and from its middle once more, from the text that is stored, and
 * compares with the stored page.
 */
export async function samplePages(run: Run, isStaged: boolean): Promise<{ looked_at: number; as_stored: number }> {
  // The staged table has just the posts of this import, wherever they are read.
  const staged = `${schemaOf(run)}.posts`
  const ids = `select id from ${staged}`
  const rows = await run.db.query<{ body: string; body_format: string; body_html: string }>(
    `select body, body_format, body_html from ${isStaged ? staged : 'public.posts'}
      where length(body) < 200000 and id in ((${ids} order by id limit 10) union all (${ids} order by id desc limit 10)
        union all (${ids} where id % 97 = 0 limit 20))`,
  )
  const fitting = rows.filter(({ body, body_format, body_html }) => {
    const { html } = body_format === 'plain' ? renderPlain(body) : renderMarkdown(body)
    return html === body_html
  })
  return { looked_at: rows.length, as_stored: fitting.length }
}
