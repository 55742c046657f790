// A published post is rewritten beside the text that readers see.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { errorAt, fieldOf, publishPost, unescaped, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const { cast, db } = await testApp()
const { ben, bea, cleo, dev, rosa } = cast

const versionOf = async (id: number) => fieldOf((await ben.get(paths.admin.post(id))).body, 'version') ?? ''

async function rewrite(id: number, form: Record<string, string>, who = ben) {
  return await who.post(paths.admin.post(id), { title: 'A post', draft: 'yes', version: await versionOf(id), ...form })
}

const draftOf = async (id: number) =>
  await db.selectFrom('post_drafts').selectAll().where('post_id', '=', id).executeTakeFirst()

describe('the draft of a published post', () => {
  test('is shown to its writers, and readers see the text from before', async () => {
    const { id, path } = await publishPost(ben, { title: 'A post', body: 'For readers.', tags: 'old' })
    const response = await rewrite(id, { title: 'Another title', body: 'Not *yet*.', tags: 'new' })
    assert.equal(response.statusCode, 303)
    assert.equal(response.headers.location, paths.admin.post(id))

    const { body } = await dev.get(path)
    assert.match(body, /For readers\./)
    assert.doesNotMatch(body, /<em>yet|Another title/)
    assert.equal((await dev.get(paths.tag('new'))).statusCode, 404)
    const form = (await ben.get(paths.admin.post(id))).body
    assert.equal(fieldOf(form, 'title'), 'Another title')
    assert.equal(fieldOf(form, 'body'), 'Not *yet*.')
    assert.equal(fieldOf(form, 'tags'), 'new')
    assert.match(form, /Below is a draft, saved .* by Ben\. Readers see the text from before it\./)
  })

  test('is what readers see once it is saved for them, and is no draft then', async () => {
    const { id, path } = await publishPost(ben, { title: 'A post', body: 'One.' })
    await rewrite(id, { body: 'Two.' })
    const version = await versionOf(id)
    await ben.post(paths.admin.post(id), { title: 'A post', body: 'Two.', version })
    assert.match((await dev.get(path)).body, /Two\./)
    assert.equal(await draftOf(id), undefined)
  })

  test('can be thrown away, and stays among the revisions', async () => {
    const { id, path } = await publishPost(ben, { title: 'A post', body: 'One.' })
    await rewrite(id, { body: 'Two.' })
    assert.equal((await ben.post(paths.admin.draftDeletion(id))).statusCode, 303)
    assert.equal(fieldOf((await ben.get(paths.admin.post(id))).body, 'body'), 'One.')
    assert.match((await dev.get(path)).body, /One\./)
    const { body } = await ben.get(paths.admin.revision(id, 2))
    assert.match(body, /<del>One<\/del><ins class="apart">Two<\/ins>/)
  })

  test('is not overwritten unseen: whoever comes second is shown it', async () => {
    const { id } = await publishPost(ben, { title: 'A post', body: 'One.' })
    const version = await versionOf(id)
    await rewrite(id, { body: 'Cleo was <here>.', version }, cleo)
    const ways: Record<string, string>[] = [{ draft: 'yes' }, {}]
    for (const draft of ways) {
      const refused = await ben.post(paths.admin.post(id), { title: 'A post', body: 'Ben too.', version, ...draft })
      assert.equal(refused.statusCode, 409)
      assert.match(unescaped(refused.body), /Cleo saved this post[^]*Cleo was <here>\./)
      assert.equal(fieldOf(refused.body, 'body'), 'Ben too.')
    }
    assert.equal((await draftOf(id))?.body, 'Cleo was <here>.')
  })

  test('of ten that save at once is that of one of them', async () => {
    const { id } = await publishPost(ben, { title: 'A post', body: 'One.' })
    const version = await versionOf(id)
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => rewrite(id, { body: `Text ${index}`, version })),
    )
    assert.equal(answers.filter(({ statusCode }) => statusCode === 303).length, 1)
    assert.equal(answers.filter(({ statusCode }) => statusCode === 409).length, 9)
  })

  test('that takes too long to turn into a page is refused at its field, and the text comes back', async () => {
    const { id } = await publishPost(ben, { title: 'A post', body: 'One.' })
    // Footnotes that point at each other.
    const body = `${'[^a]'.repeat(100_000)}\n\n[^a]: x`
    const refused = await rewrite(id, { body })
    assert.equal(refused.statusCode, 422)
    assert.match(errorAt(refused.body, 'body') ?? '', /takes too long/)
    assert.equal(fieldOf(refused.body, 'body'), body)
    assert.equal(await draftOf(id), undefined)
  })

  test('goes on when the post is taken off the blog', async () => {
    const { id } = await publishPost(ben, { title: 'A post', body: 'One.' })
    await rewrite(id, { body: 'Two.' })
    await ben.post(paths.admin.publicationEnd(id))
    assert.equal(fieldOf((await ben.get(paths.admin.post(id))).body, 'body'), 'Two.')
  })

  test('is found by nobody who may not edit the post', async () => {
    const { id } = await publishPost(ben, { title: 'A post', body: 'One.' })
    for (const who of [bea, rosa]) {
      const form = { title: 'Mine', body: 'Mine', draft: 'yes', version: '1' }
      assert.equal((await who.post(paths.admin.post(id), form)).statusCode, 403, who.name)
      assert.equal((await who.post(paths.admin.draftDeletion(id))).statusCode, 403, who.name)
    }
    assert.equal(await draftOf(id), undefined)
  })
})

test('a post that is not published has one text: saving it as a draft saves it', async () => {
  const { id } = await writePost(ben, { title: 'A post', body: 'One.' })
  await rewrite(id, { body: 'Two.' })
  assert.equal(await draftOf(id), undefined)
  assert.equal(fieldOf((await ben.get(paths.admin.post(id))).body, 'body'), 'Two.')
})
