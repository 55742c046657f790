// Changing a post that is there: versions, publication, deletion.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { errorAt, fieldOf, publishPost, unescaped, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const { cast, db } = await testApp()
const { ben, cleo, ada, dev } = cast

describe('a post that is saved', () => {
  test('shows its new text to readers', async () => {
    const { id, path } = await publishPost(ben, { title: 'Improved', body: 'First words.' })
    const response = await ben.post(paths.admin.post(id), {
      title: 'Improved a lot',
      body: 'Second *words*.',
      version: '1',
    })

    assert.equal(response.statusCode, 303)
    assert.equal(response.headers.location, path)
    const { body } = await dev.get(path)
    assert.match(body, /Second <em>words<\/em>/)
    assert.doesNotMatch(body, /First words/)
  })

  test('keeps its date of publication', async () => {
    const { id } = await publishPost(ben)
    const { published_at } = await find(id)
    await ben.post(paths.admin.post(id), { title: 'Changed', body: 'Later', version: '1' })

    assert.deepEqual((await find(id)).published_at, published_at)
  })

  test('is refused without title or text, and shows what was typed', async () => {
    const { id } = await writePost(ben, { title: 'Whole', body: 'Whole text' })
    const response = await ben.post(paths.admin.post(id), {
      title: ' ',
      body: 'Kept *for* you',
      tags: 'x',
      version: '1',
    })

    assert.equal(response.statusCode, 422)
    assert.ok(errorAt(response.body, 'title'))
    assert.equal(fieldOf(response.body, 'body'), 'Kept *for* you')
    assert.equal(fieldOf(response.body, 'tags'), 'x')
    assert.equal(fieldOf(response.body, 'version'), '1')
    assert.equal((await find(id)).body, 'Whole text')
  })

  test('can be saved and published with one button', async () => {
    const { id } = await writePost(ben, { title: 'One button' })
    const response = await ben.post(paths.admin.post(id), {
      title: 'One button',
      body: 'x',
      version: '1',
      publish: 'yes',
    })

    assert.equal(response.headers.location, paths.post('one-button'))
    assert.equal((await dev.get(paths.post('one-button'))).statusCode, 200)
    assert.match((await ben.get(paths.admin.revisions(id))).body, /Published/)
  })
})

describe('a post that somebody else saved meanwhile', () => {
  test('is not overwritten: both texts are shown, and the second save wins knowingly', async () => {
    const { id, path } = await publishPost(ben, { title: 'Two pens', body: 'In the beginning.' })
    const version = fieldOf((await ben.get(paths.admin.post(id))).body, 'version') ?? ''
    await cleo.post(paths.admin.post(id), { title: 'Two pens', body: 'What <Cleo> wrote.', version })

    const refused = await ben.post(paths.admin.post(id), {
      title: 'Two pens of Ben',
      body: 'What Ben wrote.',
      tags: 'mine',
      version,
    })
    assert.equal(refused.statusCode, 409)
    assert.match(refused.body, /<th scope="col">Saved<\/th><th scope="col">Yours<\/th>/)
    // What keeps, what drops, and what decides nothing.
    assert.match(refused.body, /<button form="writing" aria-describedby="keep-mine"[^>]*>Keep mine<\/button>/)
    assert.match(refused.body, /id="take-theirs">Yours is dropped/)
    assert.match(refused.body, /<a href="#title">Edit mine on<\/a>/)
    const shown = unescaped(refused.body)
    assert.match(shown, /Cleo saved this post/)
    assert.match(shown, /What <Cleo> wrote\./)
    assert.equal(fieldOf(refused.body, 'title'), 'Two pens of Ben')
    assert.equal(fieldOf(refused.body, 'body'), 'What Ben wrote.')
    assert.equal(fieldOf(refused.body, 'tags'), 'mine')
    assert.match((await dev.get(path)).body, /What &lt;Cleo&gt; wrote|What  wrote/)
    assert.equal((await find(id)).body, 'What <Cleo> wrote.')

    const again = { title: 'Two pens of Ben', body: 'What Ben wrote.', version: fieldOf(refused.body, 'version') ?? '' }
    assert.equal((await ben.post(paths.admin.post(id), again)).statusCode, 303)
    assert.equal((await find(id)).body, 'What Ben wrote.')
  })

  test('shows what is different beside the text, too', async () => {
    const { id } = await writePost(ben, { title: 'Details', body: 'The same.' })
    await cleo.post(paths.admin.post(id), { title: 'Details', body: 'The same.', language: 'pt', version: '1' })
    const form = { title: 'Details', body: 'The same.', language: 'de', visibility: 'members', version: '1' }
    const refused = await ben.post(paths.admin.post(id), form)
    assert.equal(refused.statusCode, 409)
    assert.match(refused.body, /Language: <del>pt<\/del><ins class="apart">de<\/ins>/)
    assert.match(refused.body, /Readers: <del>public<\/del><ins class="apart">members<\/ins>/)
    assert.match(refused.body, /The text is the same\./)
  })

  test('is not overwritten either when both save at once: exactly one wins', async () => {
    for (let round = 0; round < 10; round++) {
      const { id } = await writePost(ben)
      const people = [ben, cleo, ada]
      const answers = await Promise.all(
        people.map((person) =>
          person.post(paths.admin.post(id), { title: 'Raced', body: `By ${person.name}`, version: '1' }),
        ),
      )

      assert.deepEqual(answers.map(({ statusCode }) => statusCode).toSorted(), [303, 409, 409])
      const winner = people[answers.findIndex(({ statusCode }) => statusCode === 303)]
      const { body, version, updated_by } = await find(id)
      assert.deepEqual(
        { body, version, updated_by },
        { body: `By ${winner?.name}`, version: 2, updated_by: winner?.id },
      )
    }
  })

  test('is not overwritten by a form that names no version, or one to come', async () => {
    const { id } = await writePost(ben, { body: 'Untouched' })
    for (const version of [undefined, '0', '2', '999999999']) {
      const form = { title: 'Blind', body: 'Blind', ...(version && { version }) }
      assert.equal((await ben.post(paths.admin.post(id), form)).statusCode, 409, version)
    }
    assert.equal(
      (await ben.post(paths.admin.post(id), { title: 'Blind', body: 'Blind', version: '-1' })).statusCode,
      422,
    )
    assert.equal((await find(id)).body, 'Untouched')
  })

  test('keeps its tags when the save is refused', async () => {
    const { id } = await writePost(ben, { tags: 'first, second' })
    await ben.post(paths.admin.post(id), { title: 'Stale', body: 'x', tags: 'other', version: '0' })

    assert.equal(fieldOf((await ben.get(paths.admin.post(id))).body, 'tags'), 'first, second')
  })
})

describe('publication', () => {
  test('keeps the first date when it is asked for twice', async () => {
    const { id } = await writePost(ben)
    await ben.post(paths.admin.publication(id))
    const { published_at } = await find(id)
    await ben.post(paths.admin.publication(id))
    await Promise.all([1, 2, 3].map(() => ben.post(paths.admin.publication(id))))

    assert.ok(published_at)
    assert.deepEqual((await find(id)).published_at, published_at)
    assert.equal((await deeds(id)).filter((action) => action === 'post.published').length, 1)
  })

  test('ends: the post is a draft again, and nowhere to be found', async () => {
    const { id, path } = await publishPost(ben, { title: 'Taken back' })
    const response = await ben.post(paths.admin.publicationEnd(id))

    assert.equal(response.statusCode, 303)
    assert.equal(response.headers.location, paths.admin.post(id))
    assert.equal((await dev.get(path)).statusCode, 404)
    assert.doesNotMatch((await dev.get(paths.home())).body, /Taken back/)
    assert.equal((await ben.get(paths.admin.post(id))).statusCode, 200)
  })

  test('of a draft that was never out cannot end', async () => {
    const { id } = await writePost(ben)
    await ben.post(paths.admin.publicationEnd(id))

    assert.deepEqual(await deeds(id), ['post.drafted'])
  })
})

describe('a deleted post', () => {
  test('is gone with its comments and its place under a tag', async () => {
    const { id, path, slug } = await publishPost(ben, { title: 'To be deleted', tags: 'only here' })
    await cast.rosa.post(paths.postComments(slug), { body: 'Goes with it' })
    const response = await ben.post(paths.admin.postDeletion(id))

    assert.equal(response.statusCode, 303)
    assert.equal((await dev.get(path)).statusCode, 404)
    assert.equal((await dev.get(paths.legacy.post(id))).statusCode, 404)
    assert.equal((await dev.get(paths.tag('only-here'))).statusCode, 404)

    await ben.post(paths.admin.binRemoval(id))
    assert.deepEqual(await db.selectFrom('comments').select('id').where('post_id', '=', id).execute(), [])
  })

  test('is not found by a second deletion or a save that comes late', async () => {
    const { id } = await writePost(ben)
    const answers = await Promise.all([1, 2, 3].map(() => ben.post(paths.admin.postDeletion(id))))
    for (const { statusCode } of answers) assert.ok([303, 404].includes(statusCode), String(statusCode))

    const late = await ben.post(paths.admin.post(id), { title: 'Late', body: 'My late words', version: '1' })
    assert.equal(late.statusCode, 404)
    assert.match(late.body, /My late words/)
    assert.equal((await deeds(id)).filter((action) => action === 'post.deleted').length, 1)
  })
})

async function find(id: number) {
  return await db.selectFrom('posts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

async function deeds(id: number): Promise<string[]> {
  const query = db
    .selectFrom('audit_events')
    .select('action')
    .where('subject_type', '=', 'post')
    .where('subject_id', '=', id)
  return (await query.orderBy('id').execute()).map(({ action }) => action)
}
