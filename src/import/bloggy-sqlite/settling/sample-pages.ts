import { withoutCards } from '../../../markdown/cards.ts'
import { withoutColours } from '../../../markdown/colours.ts'
import { renderMarkdown } from '../../../markdown/render.ts'
import { renderPlain } from '../../../markdown/plain.ts'
import { type Run, schemaOf } from '../run.ts'

type Page = { body: string; body_format: string; body_html: string }

/**
 * Renders posts from both ends of the import and from its middle once more, from the text that is stored, and
 * compares with the stored page.
 */
export async function samplePages(run: Run, isStaged: boolean): Promise<{ looked_at: number; as_stored: number }> {
  // The staged table has just the posts of this import, wherever they are read.
  const staged = `${schemaOf(run)}.posts`
  const ids = `select id from ${staged}`
  const rows = await run.db.query<Page>(
    `select body, body_format, body_html from ${isStaged ? staged : 'public.posts'}
      where length(body) < 200000 and id in ((${ids} order by id limit 10) union all (${ids} order by id desc limit 10)
        union all (${ids} where id % 97 = 0 limit 20))`,
  )
  return { looked_at: rows.length, as_stored: rows.filter(isRendered).length }
}

/** The page is what its text is rendered to; the colours of code, which take long, and cards are left out of account. */
export function isRendered({ body, body_format, body_html }: Page): boolean {
  const { html } = body_format === 'plain' ? renderPlain(body) : renderMarkdown(body)
  const [stored, rendered] = withoutCards(body_html, html)
  return withoutColours(rendered) === withoutColours(stored)
}
