import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { errorAt, fieldOf, publishPost, unescaped, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { longestNote, mostLinks } from './link.ts'

const context = await testApp()
const { cast, db } = context
const { ben, bea, dev } = cast

async function linkTo(id: number, days = '7'): Promise<string> {
  const response = await ben.post(paths.admin.postLinks(id), { days })
  assert.equal(response.statusCode, 201)
  return new URL(unescaped(/<a class="long" href="([^"]+)"/.exec(response.body)?.[1] ?? '')).pathname
}

describe('a link to a draft', () => {
  test('shows it to whoever has it, and to no cache, index or other site', async () => {
    const { id } = await writePost(ben, { title: 'Not yet', body: 'Between *us*' })
    const page = await dev.get(await linkTo(id))
    assert.equal(page.statusCode, 200)
    assert.match(page.body, /Between <em>us<\/em>/)
    assert.match(page.body, /not on the blog as it stands here/)
    assert.equal(page.headers['cache-control'], 'no-store')
    assert.match(String(page.headers['x-robots-tag']), /noindex/)
    assert.equal(page.headers['referrer-policy'], 'no-referrer')
    assert.doesNotMatch(page.body, new RegExp(`/admin/posts/${id}`))
  })

  test('follows what is saved, and shows the draft of a published post', async () => {
    const { id, path } = await publishPost(ben, { title: 'Out', body: 'For readers' })
    const link = await linkTo(id, '0')
    assert.match((await dev.get(link)).body, /For readers/)
    const draft = { title: 'Out, rewritten', body: 'For **reviewers**', draft: 'yes', version: '1' }
    assert.equal((await ben.post(paths.admin.post(id), draft)).statusCode, 303)
    const { body } = await dev.get(link)
    assert.match(body, /For <strong>reviewers<\/strong>/)
    assert.match(body, /Out, rewritten/)
    assert.doesNotMatch((await dev.get(path)).body, /reviewers/)
  })

  test('shows the page that was made when the draft was saved, and makes none for a visitor', async () => {
    const { id } = await publishPost(ben, { title: 'Made once', body: 'For readers' })
    const link = await linkTo(id)
    const draft = { title: 'Made once', body: 'For **reviewers**', draft: 'yes', version: '1' }
    assert.equal((await ben.post(paths.admin.post(id), draft)).statusCode, 303)
    const page = async () => (await dev.get(link)).body
    const store = async (body_html: string | null) =>
      await db.updateTable('post_drafts').set({ body_html }).where('post_id', '=', id).execute()
    await store('<p>As it was made</p>')
    assert.match(await page(), /As it was made/)

    // One from before drafts had pages: made at the first visit.
    await store(null)
    assert.match(await page(), /For <strong>reviewers<\/strong>/)
    const { body_html } = await db
      .selectFrom('post_drafts')
      .select('body_html')
      .where('post_id', '=', id)
      .executeTakeFirstOrThrow()
    assert.match(body_html ?? '', /<strong>reviewers/)
  })

  test('opens a private post', async () => {
    const { id, path } = await publishPost(ben, { title: 'Behind a door', visibility: 'private' })
    assert.equal((await dev.get(path)).statusCode, 404)
    assert.match((await dev.get(await linkTo(id))).body, /Behind a door/)
  })

  test('ends when it is taken back, when its time is over, and with the post', async () => {
    const { id } = await writePost(ben)
    const [taken, old, binned] = [await linkTo(id), await linkTo(id, '1'), await linkTo(id, '0')]
    const [one, two] = await db.selectFrom('post_links').selectAll().where('post_id', '=', id).orderBy('id').execute()
    for (let twice = 0; twice < 2; twice++)
      assert.equal((await ben.post(paths.admin.postLinkEnd(id, one?.id ?? 0))).statusCode, 303)
    assert.equal((await dev.get(taken)).statusCode, 404)
    await db
      .updateTable('post_links')
      .set({ expires_at: new Date(Date.now() - 1000) })
      .where('id', '=', two?.id ?? 0)
      .execute()
    assert.equal((await dev.get(old)).statusCode, 404)
    assert.equal((await dev.get(binned)).statusCode, 200)
    await ben.post(paths.admin.postDeletion(id))
    assert.equal((await dev.get(binned)).statusCode, 404)
  })

  test('is made, seen and taken back by those who may edit the post', async () => {
    const { id } = await writePost(ben)
    await linkTo(id)
    const { id: link } = await db
      .selectFrom('post_links')
      .select('id')
      .where('post_id', '=', id)
      .executeTakeFirstOrThrow()
    for (const [who, status] of [
      [bea, 404],
      [dev, 401],
    ] as const) {
      assert.equal((await who.post(paths.admin.postLinks(id), { days: '7' })).statusCode, status)
      assert.equal((await who.post(paths.admin.postLinkEnd(id, link))).statusCode, status)
    }
    const other = await writePost(ben)
    await ben.post(paths.admin.postLinkEnd(other.id, link))
    assert.equal((await db.selectFrom('post_links').select('id').where('id', '=', link).execute()).length, 1)
  })

  test('is one of twenty at most', async () => {
    const { id } = await writePost(ben)
    for (let count = 0; count < mostLinks; count++) await linkTo(id)
    assert.equal((await ben.post(paths.admin.postLinks(id), { days: '7' })).statusCode, 409)
  })

  test('is made once by a form that is sent twice, also at once', async () => {
    const { id } = await writePost(ben)
    const submission_key = fieldOf((await ben.get(paths.admin.postLinks(id))).body, 'submission_key') ?? ''
    const form = { days: '7', note: 'For Olga', submission_key }
    const answers = await Promise.all([1, 2, 3].map(() => ben.post(paths.admin.postLinks(id), form)))
    assert.deepEqual(answers.map(({ statusCode }) => statusCode).toSorted(), [200, 200, 201])
    const again = await ben.post(paths.admin.postLinks(id), form)
    assert.equal(again.statusCode, 200)
    assert.match(again.body, /role="status">This link was made already, and no second one now\./)
    assert.doesNotMatch(again.body, /class="long"/)
    assert.equal(again.body.match(/Take it back: For Olga/g)?.length, 1)
    // The form of that page is a new one; and another post knows nothing of the key.
    const next = fieldOf(again.body, 'submission_key') ?? ''
    assert.notEqual(next, submission_key)
    assert.equal((await ben.post(paths.admin.postLinks(id), { ...form, submission_key: next })).statusCode, 201)
    const other = await writePost(ben)
    assert.equal((await ben.post(paths.admin.postLinks(other.id), form)).statusCode, 201)
    assert.equal((await ben.post(paths.admin.postLinks(id), { ...form, submission_key: 'x' })).statusCode, 422)
  })

  test('has a note for those who may edit the post, and for nobody else', async () => {
    const { id } = await writePost(ben)
    const made = await ben.post(paths.admin.postLinks(id), { days: '7', note: '  For   <Olga> ' })
    assert.match(made.body, /<b>For &lt;Olga&gt;<\/b>/)
    const link = new URL(unescaped(/<a class="long" href="([^"]+)"/.exec(made.body)?.[1] ?? '')).pathname
    assert.doesNotMatch((await dev.get(link)).body, /Olga/)
    const long = await ben.post(paths.admin.postLinks(id), { days: '30', note: 'x'.repeat(longestNote + 1) })
    assert.equal(long.statusCode, 422)
    assert.match(errorAt(long.body, 'note') ?? '', /100 characters/)
    assert.match(long.body, /<option value="30" selected>/)
    assert.equal(
      (await ben.post(paths.admin.postLinks(id), { days: '30', note: 'x'.repeat(longestNote) })).statusCode,
      201,
    )
  })

  test('cannot be guessed, and nothing here knows it', async () => {
    const { id } = await writePost(ben)
    const token = (await linkTo(id)).split('/').at(-1) ?? ''
    assert.ok(token.length >= 43)
    const { token_hash } = await db
      .selectFrom('post_links')
      .select('token_hash')
      .where('post_id', '=', id)
      .executeTakeFirstOrThrow()
    assert.ok(!Buffer.from(token_hash).toString('latin1').includes(token))
    assert.equal((await dev.get(paths.preview(`${token.slice(0, -1)}_`))).statusCode, 404)
  })
})
