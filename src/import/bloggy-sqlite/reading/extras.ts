// What an export of this Bloggy says of its posts beyond the older shape, in a table of its own.
import type { DatabaseSync } from 'node:sqlite'
import { renderSafely } from '../../../markdown/renderer.ts'
import type { Converted, RowNotes } from './convert.ts'
import type { Extras } from './encode.ts'
import { unknownMoment } from './moment.ts'
import { extrasTable } from '../plan.ts'
import { columnNamed, listRealTables } from '../file/real-tables.ts'

export type PostExtras = {
  isDraft: (key: number) => boolean
  find: (key: number, body: Converted) => Promise<Extras | undefined>
}

/** Undefined when the file has no such table. */
export function readExtras(db: DatabaseSync): PostExtras | undefined {
  const table = listRealTables(db).tables.find(({ name }) => name === extrasTable)
  if (!table || !['post', 'slug', 'body_format'].every((name) => columnNamed(table.columns, name))) return undefined
  const find = db.prepare(`select slug, body_format from ${extrasTable} where post = ?`)
  const drafts = columnNamed(table.columns, 'is_draft')
    ? db.prepare(`select post from ${extrasTable} where is_draft = 1`).all()
    : []
  const draftIds = new Set(drafts.map(({ post }) => post))
  return {
    isDraft: (key) => draftIds.has(key),
    find: async (key, body) => {
      const found = find.get(key)
      if (!found) return undefined
      const slug = isSlug(found.slug) ? found.slug : null
      // A text that takes too long stays what it is, as plain text.
      const rendered =
        found.body_format === 'markdown' ? await renderSafely(String(body)).catch(() => undefined) : undefined
      return { slug, ...(rendered && { body_format: 'markdown', rendered }) }
    },
  }
}

function isSlug(value: unknown): value is string {
  return (
    typeof value === 'string' && value.length <= 200 && value !== '.' && value !== '..' && /^[^\s/?#]+$/u.test(value)
  )
}

/** True when nothing of a row of the table is lost by reading it so. */
export function isWhollyUsed(columns: string[], row: unknown[], isPost: (id: number) => boolean): boolean {
  const value = (name: string) => row[columns.indexOf(name)]
  if (
    !columns.every((name, index) => ['post', 'slug', 'body_format', 'is_draft'].includes(name) || row[index] === null)
  ) {
    return false
  }
  const post = value('post')
  const isFormat = value('body_format') === 'markdown' || value('body_format') === 'plain'
  return typeof post === 'number' && isPost(post) && isFormat && isSlug(value('slug'))
}

/** A draft has no date, and none is missing. `values` are those of posts, in the order of the plan. */
export function applyDraft(extras: PostExtras | undefined, key: number, values: Converted[], notes: RowNotes): void {
  // One with a date is not what an export writes.
  if (!extras?.isDraft(key) || values[2] !== unknownMoment) return
  values[2] = null
  notes.changes = notes.changes.filter((name) => name !== 'date-missing')
  if (notes.original) delete notes.original.date
}
