// Changing and deleting comments, closing them, and many at once.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { type Cast, type Person, newcomer } from '../../test/cast.ts'
import { testLimits } from '../../test/database.ts'
import { fieldOf, publishPost, unescaped } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { removeDeletedComments } from '../comment-removal/queries.ts'

const { app, cast, db, settings } = await testApp()
const { ben, rosa, cleo, dev } = cast

describe('a comment', () => {
  test('can be changed by its author, and says so', async () => {
    const { id, post } = await commentOf(rosa, 'Before')
    const version = fieldOf((await rosa.get(paths.editComment(id))).body, 'version') ?? ''
    const response = await rosa.post(paths.editComment(id), { body: 'After', version })

    assert.equal(response.statusCode, 303)
    assert.equal(response.headers.location, paths.comment(post.slug, id))
    const { body } = await dev.get(post.path)
    assert.match(body, /After/)
    assert.match(body, /edited/)
    assert.doesNotMatch(body, /Before/)
    assert.equal((await find(id))?.author_id, rosa.id)
  })

  test('under a post that its author may not open any more is not there, nor is the post', async () => {
    for (const hidden of [{ visibility: 'private' }, { kind: 'page' }]) {
      const { id, post } = await commentOf(rosa, 'Under a door')
      await db
        .updateTable('posts')
        .set({ title: 'A new secret', ...hidden })
        .where('id', '=', post.id)
        .execute()
      const answers = [
        await rosa.get(paths.editComment(id)),
        await rosa.post(paths.editComment(id), { body: 'After', version: '1' }),
        await rosa.post(paths.editComment(id), { body: 'After', version: '99' }),
        await rosa.post(paths.commentDeletion(id)),
      ]
      for (const { statusCode, body } of answers) {
        assert.equal(statusCode, 404, JSON.stringify(hidden))
        assert.doesNotMatch(body, /A new secret/)
      }
      assert.equal((await find(id))?.body, 'Under a door')
      // Who may edit the post may still open it.
      if ('visibility' in hidden) assert.equal((await cleo.get(paths.editComment(id))).statusCode, 200)
    }
  })

  test('can be deleted by its author', async () => {
    const { id, post } = await commentOf(rosa, 'Not for long')
    const response = await rosa.post(paths.commentDeletion(id))

    assert.equal(response.statusCode, 303)
    assert.ok((await find(id))?.deleted_at)
    assert.doesNotMatch((await dev.get(post.path)).body, /Not for long/)
    assert.equal((await rosa.post(paths.commentDeletion(id))).statusCode, 404)
  })

  // The comment is Rosa's, under a post of Ben's: the author of the post has no say.
  const answers: Record<keyof Cast, [get: number, write: number]> = {
    ada: [200, 303],
    cleo: [200, 303],
    rosa: [200, 303],
    ben: [403, 403],
    bea: [403, 403],
    dev: [303, 401],
  }
  for (const [name, [get, write]] of Object.entries(answers) as [keyof Cast, [number, number]][]) {
    test(`of Rosa is answered to ${name} with ${get}, changing and deleting it with ${write}`, async () => {
      const { id } = await commentOf(rosa, 'Rosas words')

      assert.equal((await cast[name].get(paths.editComment(id))).statusCode, get)
      assert.equal((await cast[name].post(paths.editComment(id), { body: 'Changed', version: '1' })).statusCode, write)
      assert.equal((await find(id))?.body, write === 303 ? 'Changed' : 'Rosas words')
      assert.equal((await cast[name].post(paths.commentDeletion(id))).statusCode, write)
      assert.equal(Boolean((await find(id))?.deleted_at), write === 303)
    })
  }

  test('that is hidden and one that never was look the same', async () => {
    const { id } = await commentOf(rosa, 'x')
    await db.updateTable('comments').set({ state: 'hidden' }).where('id', '=', id).execute()

    assert.equal((await ben.get(paths.editComment(id))).body, (await ben.get(paths.editComment(999_999))).body)
    for (const odd of ['abc', '0', '-1', '99999999999999999999', '1.5', '%20']) {
      assert.equal((await rosa.get(`/comments/${odd}/text`)).statusCode, 404, odd)
      assert.equal((await rosa.post(`/comments/${odd}/text`, { body: 'x', version: '1' })).statusCode, 404, odd)
      assert.equal((await rosa.post(`/comments/${odd}/deletion`)).statusCode, 404, odd)
    }
  })

  test('under a post that was taken off the blog is out of reach', async () => {
    const { id, post } = await commentOf(rosa, 'x')
    await ben.post(paths.admin.publicationEnd(post.id))

    assert.equal((await rosa.get(paths.editComment(id))).statusCode, 404)
    assert.equal((await cleo.post(paths.commentDeletion(id))).statusCode, 404)
    assert.ok(await find(id))
  })

  test('is not changed to nothing', async () => {
    const { id } = await commentOf(rosa, 'Something')
    const response = await rosa.post(paths.editComment(id), { body: ' \n ', version: '1' })

    assert.equal(response.statusCode, 422)
    assert.equal(fieldOf(response.body, 'body'), ' \n ')
    assert.equal((await find(id))?.body, 'Something')
  })

  test('that was changed meanwhile is not overwritten unseen', async () => {
    const { id } = await commentOf(rosa, 'One')
    await cleo.post(paths.editComment(id), { body: 'Two <by Cleo>', version: '1' })

    const refused = await rosa.post(paths.editComment(id), { body: 'Three by Rosa', version: '1' })
    assert.equal(refused.statusCode, 409)
    assert.match(unescaped(refused.body), /Two <by Cleo>/)
    assert.equal(fieldOf(refused.body, 'body'), 'Three by Rosa')
    assert.equal((await find(id))?.body, 'Two <by Cleo>')

    const version = fieldOf(refused.body, 'version') ?? ''
    assert.equal((await rosa.post(paths.editComment(id), { body: 'Three by Rosa', version })).statusCode, 303)
    assert.equal((await find(id))?.body, 'Three by Rosa')
  })

  test('changed by two at once is changed by one, and the other is shown what was saved', async () => {
    for (let round = 0; round < 10; round++) {
      const { id } = await commentOf(rosa, 'One')
      const answers = await Promise.all(
        [rosa, cleo].map((person) => person.post(paths.editComment(id), { body: `By ${person.name}`, version: '1' })),
      )

      assert.deepEqual(answers.map(({ statusCode }) => statusCode).toSorted(), [303, 409])
      const [loser] = answers.filter(({ statusCode }) => statusCode === 409)
      assert.ok(loser)
      const saved = await find(id)
      assert.equal(saved?.version, 2)
      assert.ok(loser.body.includes(saved.body), `"${saved.body}" is not shown.`)
      assert.equal(fieldOf(loser.body, 'version'), '2')
    }
  })

  test('leaves a trace of every deed', async () => {
    const { id } = await commentOf(rosa, 'Traced')
    await rosa.post(paths.editComment(id), { body: 'Traced on', version: '1' })
    await cleo.post(paths.commentDeletion(id))

    const query = db
      .selectFrom('audit_events')
      .select(['action', 'actor_id', 'details'])
      .where('subject_type', '=', 'comment')
    assert.deepEqual(await query.where('subject_id', '=', id).orderBy('id').execute(), [
      { action: 'comment.created', actor_id: rosa.id, details: {} },
      { action: 'comment.changed', actor_id: rosa.id, details: {} },
      { action: 'comment.deleted', actor_id: cleo.id, details: { author_id: rosa.id } },
    ])
  })
})

describe('the time to change a comment', () => {
  test('is a quarter of an hour for its author, and unlimited for moderators', async () => {
    const { id, post } = await commentOf(rosa, 'Written long ago')
    await age(id, 16)
    const form = (await rosa.get(paths.editComment(id))).body
    assert.match(form, /can be changed for 15 minutes/)
    assert.equal(fieldOf(form, 'body'), undefined)
    const late = await rosa.post(paths.editComment(id), { body: 'Too late', version: '1' })
    assert.equal(late.statusCode, 409)
    assert.match(late.body, /Too late/)
    assert.equal((await find(id))?.body, 'Written long ago')

    assert.equal((await cleo.post(paths.editComment(id), { body: 'By Cleo', version: '1' })).statusCode, 303)
    assert.match((await dev.get(post.path)).body, /By Cleo/)
    assert.equal((await rosa.post(paths.commentDeletion(id))).statusCode, 303)
  })

  test('is for the owner to say, nought for always', async () => {
    const { id } = await commentOf(rosa, 'One')
    await age(id, 600)
    await setMinutes(0)
    try {
      assert.equal((await rosa.post(paths.editComment(id), { body: 'Two', version: '1' })).statusCode, 303)
      await setMinutes(601)
      assert.equal((await rosa.post(paths.editComment(id), { body: 'Three', version: '2' })).statusCode, 303)
      await setMinutes(599)
      assert.equal((await rosa.post(paths.editComment(id), { body: 'Four', version: '3' })).statusCode, 409)
    } finally {
      await setMinutes(15)
    }
  })
})

describe('what a comment said before', () => {
  test('is kept with who replaced it, for its author and moderators alone', async () => {
    const { id, post } = await commentOf(rosa, 'One <b>')
    await rosa.post(paths.editComment(id), { body: 'Two', version: '1' })
    await cleo.post(paths.editComment(id), { body: 'Three', version: '2' })
    await cleo.post(paths.editComment(id), { body: 'Three', version: '3' })

    for (const person of [rosa, cleo, cast.ada]) {
      const { statusCode, body } = await person.get(paths.commentVersions(id))
      assert.equal(statusCode, 200, person.name)
      const said = [...body.matchAll(/<div class="said"[^>]*><p>([^<]*)<\/p>/g)].map(([, text]) =>
        unescaped(text ?? ''),
      )
      assert.deepEqual(said, ['Three', 'Two', 'One <b>'])
      assert.match(body, /replaced by <bdi>Cleo<\/bdi>/)
    }
    for (const person of [ben, dev])
      assert.ok([403, 303].includes((await person.get(paths.commentVersions(id))).statusCode), person.name)
    assert.doesNotMatch((await dev.get(post.path)).body, /One|Two/)
    assert.match((await dev.get(post.path)).body, /edited <time/)
  })
})

describe('a deleted comment', () => {
  test('that was answered keeps its place without its text, until its answers go too', async () => {
    const { id, post } = await commentOf(rosa, 'Regretted words')
    const first = await answer(ben, post.slug, 'First answer', id)
    const second = await answer(ben, post.slug, 'Second answer', first)
    await rosa.post(paths.commentDeletion(id))
    for (const person of [dev, rosa, cleo]) {
      const { body } = await person.get(post.path)
      assert.match(body, /This comment was deleted/)
      assert.doesNotMatch(body, /Regretted words/)
      assert.match(body, /First answer/)
    }
    assert.equal((await rosa.get(paths.editComment(id))).statusCode, 404)
    await ben.post(paths.commentDeletion(first))
    assert.equal((await dev.get(post.path)).body.match(/This comment was deleted/g)?.length, 2)
    await ben.post(paths.commentDeletion(second))
    assert.match((await dev.get(post.path)).body, /No comments yet/)
  })

  test('of which all answers are deleted at once leaves no empty place', async () => {
    const { id, post } = await commentOf(rosa, 'Root')
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => answer(ben, post.slug, `Answer ${n}`, id)))
    await Promise.all([id, ...answers].map((one) => cleo.post(paths.commentDeletion(one))))
    assert.match((await dev.get(post.path)).body, /No comments yet/)
  })

  test('is restored by a moderator where it was, from the list of what was deleted', async () => {
    const { id, post } = await commentOf(rosa, 'Wanted <back>')
    const below = await answer(ben, post.slug, 'Below', id)
    await rosa.post(paths.commentDeletion(id))
    await ben.post(paths.commentDeletion(below))
    for (const [person, status] of [
      [rosa, 403],
      [ben, 403],
      [dev, 303],
    ] as const)
      assert.equal((await person.get(paths.admin.deletedComments())).statusCode, status, person.name)
    for (const [person, status] of [
      [rosa, 404],
      [ben, 404],
      [dev, 401],
    ] as const)
      assert.equal((await person.post(paths.commentRestoration(id))).statusCode, status, person.name)

    assert.ok((await cleo.get(paths.admin.bin())).body.includes(`href="${paths.admin.deletedComments()}"`))
    assert.ok(!(await ben.get(paths.admin.bin())).body.includes(paths.admin.deletedComments()))
    const list = (await cleo.get(paths.admin.deletedComments())).body
    assert.match(list, /Wanted &lt;back&gt;/)
    assert.ok(list.includes(`action="${paths.commentRestoration(below)}"`))
    assert.equal((await cleo.post(paths.commentRestoration(below))).statusCode, 303)
    assert.match((await dev.get(post.path)).body, /This comment was deleted.*Below/s)
    assert.equal((await cleo.post(paths.commentRestoration(id))).statusCode, 303)
    assert.match((await dev.get(post.path)).body, /Wanted.*Below/s)
    assert.equal((await cleo.post(paths.commentRestoration(id))).statusCode, 303)
  })

  test('is gone for good after thirty days, and one that was answered has no text left', async () => {
    const { id, post } = await commentOf(rosa, 'Root that was answered')
    const below = await answer(ben, post.slug, 'An answer', id)
    const leaf = await answer(rosa, post.slug, 'A leaf', below)
    const fresh = await answer(rosa, post.slug, 'A fresh leaf', below)
    await rosa.post(paths.editComment(id), { body: 'Root, changed', version: '1' })
    for (const one of [id, leaf, fresh]) await rosa.post(paths.commentDeletion(one))
    await db
      .updateTable('comments')
      .set({ deleted_at: sql`now() - interval '31 days'` })
      .where('id', 'in', [id, leaf])
      .execute()
    assert.doesNotMatch((await cleo.get(paths.admin.deletedComments())).body, /Root, changed|A leaf/)
    assert.equal((await cleo.post(paths.commentRestoration(leaf))).statusCode, 404)
    assert.equal(await removeDeletedComments(db), 2)
    assert.equal(await removeDeletedComments(db), 0)

    assert.equal(await find(leaf), undefined)
    assert.equal((await find(id))?.body, '')
    assert.ok((await find(fresh))?.deleted_at)
    assert.deepEqual(await db.selectFrom('comment_versions').selectAll().where('comment_id', '=', id).execute(), [])
    assert.match((await dev.get(post.path)).body, /This comment was deleted.*An answer/s)
  })
})

describe('closed comments', () => {
  test('are still shown, take nothing, and lose no text', async () => {
    const { post } = await commentOf(rosa, 'Said in time')
    await db
      .updateTable('settings')
      .set({ comments_are_open: false, version: sql`version + 1` })
      .execute()
    await settings.refresh()
    try {
      const page = (await rosa.get(post.path)).body
      assert.match(page, /Comments are closed/)
      assert.match(page, /Said in time/)
      assert.equal(fieldOf(page, 'body'), undefined)
      const response = await rosa.post(paths.postComments(post.slug), { body: 'Said too late' })
      assert.equal(response.statusCode, 409)
      assert.match(response.body, /Said too late/)
      assert.equal((await commentsOf(post.id)).length, 1)
    } finally {
      await db
        .updateTable('settings')
        .set({ comments_are_open: true, version: sql`version + 1` })
        .execute()
      await settings.refresh()
    }
  })
})

describe('many at once', () => {
  test('200 comments through a pool of ten are all stored, and the pool stays within its size', async () => {
    const people: Person[] = []
    for (let index = 0; index < 10; index++) people.push(await newcomer(app, db, `Crowd${index}`, 'viewer'))
    const post = await publishPost(ben)
    const bodies = Array.from({ length: 200 }, (_, index) => `Crowded ${index}`)

    const sizes: number[] = []
    let isOver = false
    const counting = (async () => {
      while (!isOver) sizes.push(await connections())
    })()
    const answers = await Promise.all(
      bodies.map((body, index) => people[index % 10]?.post(paths.postComments(post.slug), { body })),
    )
    isOver = true
    await counting

    assert.deepEqual([...new Set(answers.map((answer) => answer?.statusCode))], [303])
    assert.deepEqual((await commentsOf(post.id)).map(({ body }) => body).toSorted(), bodies.toSorted())
    assert.ok(sizes.length >= 3, `Counted ${sizes.length} times.`)
    assert.ok(Math.max(...sizes) > 3, `There were only ${Math.max(...sizes)}.`)
    assert.ok(Math.max(...sizes) <= testLimits.poolSize, `There were ${Math.max(...sizes)}.`)
  })

  test('comments on a post that is deleted under them are stored before or refused', async () => {
    const people: Person[] = []
    for (let index = 0; index < 4; index++) people.push(await newcomer(app, db, `Late${index}`, 'viewer'))
    for (let round = 0; round < 5; round++) {
      const post = await publishPost(ben)
      const comments = people.map((person) => person.post(paths.postComments(post.slug), { body: 'Just in time?' }))
      const [deletion, ...answers] = await Promise.all([ben.post(paths.admin.postDeletion(post.id)), ...comments])

      assert.equal(deletion.statusCode, 303)
      for (const { statusCode } of answers) assert.ok([303, 404, 409].includes(statusCode), String(statusCode))
      // They are in the bin together with the post.
      const stored = answers.filter(({ statusCode }) => statusCode === 303)
      assert.equal((await commentsOf(post.id)).length, stored.length)
    }
  })
})

async function commentOf(person: Person, body: string) {
  // Nobody waits for the limit here.
  await sql`delete from attempts`.execute(db)
  const post = await publishPost(ben)
  const response = await person.post(paths.postComments(post.slug), { body })
  assert.equal(response.statusCode, 303)
  return { post, id: Number(/#comment-(\d+)$/.exec(String(response.headers.location))?.[1]) }
}

async function answer(person: Person, slug: string, body: string, parent: number): Promise<number> {
  await sql`delete from attempts`.execute(db)
  const response = await person.post(paths.postComments(slug), { body, parent: String(parent) })
  assert.equal(response.statusCode, 303)
  return Number(/#comment-(\d+)$/.exec(String(response.headers.location))?.[1])
}

async function age(id: number, minutes: number): Promise<void> {
  await db
    .updateTable('comments')
    .set({ created_at: sql`now() - make_interval(mins => ${minutes})` })
    .where('id', '=', id)
    .execute()
}

async function setMinutes(comment_edit_minutes: number): Promise<void> {
  await db
    .updateTable('settings')
    .set({ comment_edit_minutes, version: sql`version + 1` })
    .execute()
  await settings.refresh()
}

async function find(id: number) {
  return await db.selectFrom('comments').selectAll().where('id', '=', id).executeTakeFirst()
}

async function commentsOf(post_id: number) {
  return await db.selectFrom('comments').selectAll().where('post_id', '=', post_id).orderBy('id').execute()
}

async function connections(): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) from pg_stat_activity where datname = current_database() and application_name like 'bloggy%'`.execute(
    db,
  )
  return rows[0]?.count ?? 0
}
