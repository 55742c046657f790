// Pages of posts follow the renderer.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { publishPost } from '../../test/pages.ts'
import { rendererVersion } from '../markdown/renderer-version.ts'
import { renderAgain } from './jobs.ts'

const context = await testApp()
const { cast, db } = context
const { ben, dev } = cast

const find = async (id: number) =>
  await db.selectFrom('posts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

/** As an older renderer left it. */
async function age(id: number) {
  const old = { body_html: '<p>old</p>', excerpt: 'old', renderer_version: rendererVersion - 1 }
  await db.updateTable('posts').set(old).where('id', '=', id).execute()
}

const waitingJobs = async () => {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from graphile_worker.jobs where key = 'render-again'`.execute(db)
  return rows[0]?.n
}

describe('a post that an older renderer made', () => {
  test('has the page of its text again, and nothing else changes', async () => {
    const { id, path } = await publishPost(ben, { title: 'Old page', body: '## New words' })
    const before = await find(id)
    await age(id)
    assert.match((await dev.get(path)).body, /<p>old<\/p>/)
    await renderAgain(db)

    assert.deepEqual(await find(id), before)
    assert.match((await dev.get(path)).body, /New words/)
  })

  test('is left alone when it is plain text, or was saved meanwhile', async () => {
    const plain = await publishPost(ben, { title: 'Plain page', body: '*stars*' })
    await db.updateTable('posts').set({ body_format: 'plain' }).where('id', '=', plain.id).execute()
    await age(plain.id)
    await renderAgain(db)
    assert.equal((await find(plain.id)).body_html, '<p>old</p>')
  })

  test('keeps its page when its text takes too long now, and is not tried for ever', async () => {
    const { id } = await publishPost(ben, { title: 'Slow page', body: 'x' })
    await db
      .updateTable('posts')
      .set({ body: '['.repeat(60_000) })
      .where('id', '=', id)
      .execute()
    await age(id)
    await renderAgain(db)
    const { renderer_version } = await find(id)
    assert.equal(renderer_version, rendererVersion)
  })

  test('comes in its turn, however many there are', async () => {
    const ids: number[] = []
    for (let count = 0; count < 60; count++) ids.push((await publishPost(ben, { body: `Text ${count}` })).id)
    for (const id of ids) await age(id)
    await renderAgain(db)
    assert.equal(await waitingJobs(), 1)
    await context.deliverMail()

    for (const id of ids) assert.doesNotMatch((await find(id)).body_html, /old/)
    assert.equal(await waitingJobs(), 0)
  })
})
