// Every saved state of a post stays, can be compared, named, and had back.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { newcomer } from '../../test/cast.ts'
import { fieldOf, publishPost, unescaped, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const context = await testApp()
const { cast, db } = context
const { ada, ben, bea, cleo, dev, rosa } = cast

async function save(id: number, form: { title?: string; body: string; tags?: string }, who = ben) {
  const version = fieldOf((await who.get(paths.admin.post(id))).body, 'version') ?? ''
  const response = await who.post(paths.admin.post(id), { title: 'A post', ...form, version })
  assert.equal(response.statusCode, 303, response.body)
}

async function revisionsOf(id: number) {
  return await db
    .selectFrom('post_revisions')
    .select(['number', 'kind', 'title', 'body', 'body_format', 'tags', 'name', 'author_id'])
    .where('post_id', '=', id)
    .orderBy('number')
    .execute()
}

describe('a state of a post', () => {
  test('is kept each time it is saved, with its author', async () => {
    const { id } = await writePost(ben, { title: 'A post', body: 'One.', tags: 'x, y' })
    await save(id, { body: 'Two.', tags: 'x' })
    await save(id, { title: 'Another', body: 'Three.' }, cleo)

    const kept = await revisionsOf(id)
    assert.deepEqual(
      kept.map(({ number, title, body, tags, author_id }) => [number, title, body, tags, author_id]),
      [
        [1, 'A post', 'One.', 'x, y', ben.id],
        [2, 'A post', 'Two.', 'x', ben.id],
        [3, 'Another', 'Three.', '', cleo.id],
      ],
    )
  })

  test('is not kept twice when nothing was changed', async () => {
    const { id } = await writePost(ben, { title: 'A post', body: 'Same.' })
    await save(id, { body: 'Same.' })
    await save(id, { body: 'Same.' })
    assert.equal((await revisionsOf(id)).length, 1)
  })

  test('from before revisions were kept is the first of them', async () => {
    const { id } = await publishPost(ben, { title: 'Old words', body: 'As they came.' })
    await db.deleteFrom('post_revisions').where('post_id', '=', id).execute()
    await save(id, { title: 'Old words', body: 'As they are.' })

    const kept = await revisionsOf(id)
    assert.deepEqual(
      kept.map(({ number, kind, body }) => [number, kind, body]),
      [
        [1, 'published', 'As they came.'],
        [2, 'saved', 'As they are.'],
      ],
    )
  })

  test('that was refused because somebody else had saved is none', async () => {
    const { id } = await writePost(ben, { title: 'A post', body: 'One.' })
    await db.deleteFrom('post_revisions').where('post_id', '=', id).execute()
    const refused = await ben.post(paths.admin.post(id), { title: 'A post', body: 'Blind.', version: '7' })
    assert.equal(refused.statusCode, 409)
    assert.deepEqual(await revisionsOf(id), [])
  })

  test('has a number of its own when many save at once', async () => {
    const { id } = await writePost(ben, { title: 'A post', body: 'Start.' })
    await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        for (let tries = 0; tries < 40; tries++) {
          const version = fieldOf((await ben.get(paths.admin.post(id))).body, 'version') ?? ''
          const answer = await ben.post(paths.admin.post(id), { title: 'A post', body: `Text ${index}`, version })
          if (answer.statusCode === 303) return
        }
        assert.fail('It was never saved.')
      }),
    )
    const kept = await revisionsOf(id)
    assert.deepEqual(
      kept.map(({ number }) => number),
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
    )
    assert.equal(new Set(kept.map(({ body }) => body)).size, 9)
  })
})

describe('the revisions of a post', () => {
  test('are listed, newest first, a page at a time', async () => {
    const { id } = await writePost(ben, { title: 'Many', body: 'x' })
    await db.deleteFrom('post_revisions').where('post_id', '=', id).execute()
    for (let number = 1; number <= 60; number++) {
      await db
        .insertInto('post_revisions')
        .values({ post_id: id, number, kind: 'saved', title: 'Many', body: `${number}`, body_format: 'markdown' })
        .execute()
    }
    const first = (await ben.get(paths.admin.revisions(id))).body
    assert.match(first, />Revision 60</)
    assert.match(first, />Revision 11</)
    assert.doesNotMatch(first, />Revision 10</)
    const second = (await ben.get(paths.admin.revisions(id, 11))).body
    assert.match(second, />Revision 10</)
    assert.match(second, />Revision 1</)
  })

  test('have their times in the zone of the blog', async () => {
    const { id } = await writePost(ben, { title: 'A post', body: 'one' })
    const created_at = new Date('2026-07-01T07:05:00Z')
    await db.updateTable('post_revisions').set({ created_at }).where('post_id', '=', id).execute()
    await db.updateTable('settings').set({ time_zone: 'Europe/Berlin' }).execute()
    await context.settings.refresh()
    for (const path of [paths.admin.revisions(id), paths.admin.revision(id, 1)])
      assert.match(
        (await ben.get(path)).body,
        /<time datetime="2026-07-01T07:05:00\.000Z">[^<]*9:05[^<]*\(Europe\/Berlin\)</,
      )
    await db.updateTable('settings').set({ time_zone: 'UTC' }).execute()
    await context.settings.refresh()
  })

  test('are compared word by word, in one column and side by side', async () => {
    const { id } = await writePost(ben, { title: 'A post', body: 'The quick fox\njumps over\nthe dog.' })
    await save(id, { body: 'The slow fox\njumps over\nthe <lazy> dog.' })

    const inline = (await ben.get(paths.admin.revision(id, 2))).body
    assert.match(inline, /<del>quick<\/del><ins class="apart">slow<\/ins>/)
    assert.match(inline, /<ins>&lt;lazy&gt; ?<\/ins>/)
    const sides = (await ben.get(paths.admin.revision(id, 2, { side: 'yes' }))).body
    assert.match(sides, /<td>The <del>quick<\/del> fox<\/td><td>The <ins>slow<\/ins> fox<\/td>/)
    assert.match(sides, /<td>jumps over<\/td><td>jumps over<\/td>/)
  })

  test('are compared with any other, the earlier first', async () => {
    const { id } = await writePost(ben, { title: 'A post', body: 'one' })
    await save(id, { body: 'two' })
    await save(id, { body: 'three' })
    for (const path of [paths.admin.revision(id, 3, { with: 1 }), paths.admin.revision(id, 1, { with: 3 })])
      assert.match((await ben.get(path)).body, /<del>one<\/del><ins class="apart">three<\/ins>/)
  })

  test('show a text as it is, whatever it holds', async () => {
    const hostile = '<script>alert(1)</script>\n</pre>"\'&amp;'
    const { id } = await writePost(ben, { title: '<img src=x onerror=alert(1)>', body: hostile })
    const { body } = await ben.get(paths.admin.revision(id, 1))
    assert.doesNotMatch(body, /<script>alert|<img src=x/)
    assert.ok(unescaped(body).includes(hostile))
  })

  test('can be given a name, and lose it again', async () => {
    const { id } = await writePost(ben, { title: 'A post', body: 'one' })
    assert.equal((await ben.post(paths.admin.revisionName(id, 1), { name: '  For   the <editor> ' })).statusCode, 303)
    assert.equal((await revisionsOf(id))[0]?.name, 'For the <editor>')
    assert.match((await ben.get(paths.admin.revisions(id))).body, /For the &lt;editor&gt;/)
    await ben.post(paths.admin.revisionName(id, 1), { name: ' ' })
    assert.equal((await revisionsOf(id))[0]?.name, null)
    assert.equal((await ben.post(paths.admin.revisionName(id, 1), { name: 'x'.repeat(201) })).statusCode, 422)
  })

  test('are for who may edit the post, and for nobody else', async () => {
    const { id } = await writePost(ben, { title: 'A post', body: 'one' })
    for (const [who, expected] of [
      [ben, 200],
      [cleo, 200],
      [ada, 200],
      [bea, 404],
      [rosa, 404],
      [dev, 303],
    ] as const) {
      for (const path of [paths.admin.revisions(id), paths.admin.revision(id, 1)])
        assert.equal((await who.get(path)).statusCode, expected, `${who.name} ${path}`)
    }
    for (const path of [paths.admin.revisionName(id, 1), paths.admin.revisionRestoration(id, 1)])
      assert.equal((await bea.post(path, { name: 'mine' })).statusCode, 404)
    for (const number of ['2', '999999999'])
      assert.equal((await ben.get(paths.admin.revision(id, number))).statusCode, 404)
  })
})

describe('a revision that is restored', () => {
  test('is the text of the post again, as a revision of its own, and loses nothing', async () => {
    const { id, path } = await publishPost(ben, { title: 'First title', body: 'First *text*.', tags: 'a' })
    await save(id, { title: 'Second title', body: 'Second text.', tags: 'b' })
    const response = await ben.post(paths.admin.revisionRestoration(id, 1))
    assert.equal(response.statusCode, 303)
    // Readers see it when it is published.
    assert.match((await dev.get(path)).body, /Second text/)
    const edited = (await ben.get(paths.admin.post(id))).body
    const form = { title: fieldOf(edited, 'title') ?? '', body: fieldOf(edited, 'body') ?? '' }
    await save(id, { ...form, tags: fieldOf(edited, 'tags') ?? '' })

    const { body } = await dev.get(path)
    assert.match(body, /First <em>text<\/em>/)
    assert.match(body, /First title/)
    const kept = await revisionsOf(id)
    assert.deepEqual(
      kept.map(({ kind, body, tags }) => [kind, body, tags]),
      [
        ['published', 'First *text*.', 'a'],
        ['saved', 'Second text.', 'b'],
        ['restored', 'First *text*.', 'a'],
      ],
    )
  })

  test('gives nobody back the right to edit, and asks for nobody who is gone', async () => {
    const zoe = await newcomer(context.app, db, 'Zoe', 'author')
    const { id } = await writePost(ben, { title: 'Together', body: 'One.', authors: 'bea, zoe' })
    const version = fieldOf((await ben.get(paths.admin.post(id))).body, 'version') ?? ''
    await ben.post(paths.admin.post(id), { title: 'Together', body: 'Two.', authors: 'cleo', version })
    await db.deleteFrom('users').where('id', '=', zoe.id).execute()
    assert.equal((await ben.post(paths.admin.revisionRestoration(id, 1))).statusCode, 303)

    const edited = (await ben.get(paths.admin.post(id))).body
    assert.deepEqual([fieldOf(edited, 'body'), fieldOf(edited, 'authors')], ['One.', 'cleo'])
    assert.equal((await bea.get(paths.admin.post(id))).statusCode, 404)
  })

  test('of a plain text is a plain text', async () => {
    const { id, path } = await publishPost(ben, { title: 'Plain', body: '*stars* stay' })
    await db.updateTable('posts').set({ body_format: 'plain' }).where('id', '=', id).execute()
    await db.updateTable('post_revisions').set({ body_format: 'plain' }).where('post_id', '=', id).execute()
    await save(id, { title: 'Plain', body: 'more' })
    await ben.post(paths.admin.revisionRestoration(id, 1))
    await save(id, { title: 'Plain', body: '*stars* stay' })
    assert.match((await dev.get(path)).body, /\*stars\* stay/)
  })
})
