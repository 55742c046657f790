// What tests of moderation do again and again, on a blog of their own.
import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { paths } from '../src/paths.ts'
import type { TestApp } from './app.ts'
import type { Person } from './cast.ts'
import { fieldOf } from './pages.ts'

export function moderating({ db, settings }: TestApp) {
  return { setRules, say, change, decide, stateOf, lastComment, eventsOf, formOf, formIn, rowsOf }

  async function setRules(values: Record<string, string | number | boolean> = {}): Promise<void> {
    const none = {
      comments_wait: 'none',
      comment_links_wait: 0,
      comment_words_wait: '',
      comment_words_spam: '',
      spam_check_address: '',
    }
    await db
      .updateTable('settings')
      .set({ ...none, moderation_log_is_public: false, ...values, version: sql`version + 1` })
      .execute()
    await settings.refresh()
  }

  async function say(person: Person, slug: string, body: string, parent?: number): Promise<number> {
    await sql`delete from attempts`.execute(db)
    const form: Record<string, string> = parent === undefined ? { body } : { body, parent: String(parent) }
    const response = await person.post(paths.postComments(slug), form)
    assert.equal(response.statusCode, 303, response.body)
    return Number(/#comment-(\d+)$/.exec(String(response.headers.location))?.[1])
  }

  async function change(person: Person, id: number, body: string): Promise<void> {
    const version = fieldOf((await person.get(paths.editComment(id))).body, 'version') ?? ''
    assert.equal((await person.post(paths.editComment(id), { body, version })).statusCode, 303)
  }

  /** The page that a moderator sees after it, who saw the comments as they are now. */
  async function decide(person: Person, deed: string, chosen: [number, string][], why = ''): Promise<string> {
    const ids = chosen.map(([id]) => id)
    const rows = await db.selectFrom('comments').select(['id', 'version']).where('id', 'in', ids).execute()
    const versions = new Map(rows.map(({ id, version }) => [id, version]))
    const form = new URLSearchParams([
      ['change', deed],
      ['why', why],
      ...chosen.map(([id, state]) => ['comment', `${id}-${versions.get(id) ?? 1}-${state}`]),
    ])
    const response = await person.post(paths.admin.commentDecisions(), form.toString())
    assert.equal(response.statusCode, 303, response.body)
    return (await person.get(String(response.headers.location))).body
  }

  async function stateOf(id: number): Promise<[string, string | null]> {
    const row = await db
      .selectFrom('comments')
      .select(['state', 'held_for'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    return [row.state, row.held_for]
  }

  async function lastComment() {
    return await db.selectFrom('comments').selectAll().orderBy('id', 'desc').limit(1).executeTakeFirstOrThrow()
  }

  async function eventsOf(id: number): Promise<string[]> {
    const rows = await db
      .selectFrom('audit_events')
      .select('action')
      .where('subject_type', '=', 'comment')
      .where('subject_id', '=', id)
      .where('action', '<>', 'comment.created')
      .orderBy('id')
      .execute()
    return rows.map(({ action }) => action)
  }

  async function formOf(person: Person, path: string) {
    return formIn((await person.get(path)).body)
  }

  function formIn(html: string) {
    return { submission_key: fieldOf(html, 'submission_key') ?? '', mark: fieldOf(html, 'mark') ?? '' }
  }

  /** `12-waiting` for each row of the queue, without the version between. */
  function rowsOf(html: string): string[] {
    return [...html.matchAll(/name="comment" value="(\d+)-\d+-(\w+)"/g)].map(([, id, state]) => `${id}-${state}`)
  }
}
