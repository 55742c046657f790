// Who may do what with posts.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { program } from '../../test/api-client.ts'
import { testApp } from '../../test/app.ts'
import type { Cast } from '../../test/cast.ts'
import { fieldOf, publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const { app, cast, db } = await testApp()
const { ben, dev } = cast
const beas = await program(app, db, cast.bea)

const form = { title: 'A title of its own', body: 'Some typed words.' }
type Place = { path: (id: number) => string; form?: Record<string, string>; answers: Record<keyof Cast, number> }

// The post is Ben's. 404 where nobody may learn that it exists, 403 where they may read it.
const matrix: Record<string, Place> = {
  'create a post': {
    path: () => paths.admin.posts(),
    form,
    answers: { ada: 303, ben: 303, bea: 303, cleo: 303, rosa: 403, dev: 401 },
  },
  'preview a new post': {
    path: paths.admin.newPostPreview,
    form,
    answers: { ada: 200, ben: 200, bea: 200, cleo: 200, rosa: 403, dev: 401 },
  },
  'change it': {
    path: paths.admin.post,
    form: { ...form, version: '1' },
    answers: { ada: 303, ben: 303, bea: 404, cleo: 303, rosa: 404, dev: 401 },
  },
  'preview it': {
    path: paths.admin.postPreview,
    form,
    answers: { ada: 200, ben: 200, bea: 404, cleo: 200, rosa: 404, dev: 401 },
  },
  'publish it': {
    path: paths.admin.publication,
    answers: { ada: 303, ben: 303, bea: 404, cleo: 303, rosa: 404, dev: 401 },
  },
  'take it off the blog': {
    path: paths.admin.publicationEnd,
    answers: { ada: 303, ben: 303, bea: 403, cleo: 303, rosa: 403, dev: 401 },
  },
  'delete it': {
    path: paths.admin.postDeletion,
    answers: { ada: 303, ben: 303, bea: 404, cleo: 303, rosa: 404, dev: 401 },
  },
}

for (const [deed, { path, form, answers }] of Object.entries(matrix)) {
  describe(`to ${deed}`, () => {
    for (const [name, status] of Object.entries(answers) as [keyof Cast, number][]) {
      test(`${name} gets ${status}`, async () => {
        const { id } = deed === 'take it off the blog' ? await publishPost(ben) : await writePost(ben)
        const before = { post: await find(id), count: await count() }
        const response = await cast[name].post(path(id), form)

        assert.equal(response.statusCode, status)
        if (status >= 400) assert.deepEqual({ post: await find(id), count: await count() }, before)
        else if (!deed.startsWith('preview'))
          assert.notDeepEqual({ post: await find(id), count: await count() }, before)
      })
    }
  })
}

describe('to open the editor', () => {
  const answers = { ada: 200, ben: 200, bea: 404, cleo: 200, rosa: 404 }
  for (const [name, status] of Object.entries(answers) as [keyof Cast, number][]) {
    test(`${name} gets ${status}`, async () => {
      const { id } = await writePost(ben, { body: 'Not for everybody.' })
      const response = await cast[name].get(paths.admin.post(id))

      assert.equal(response.statusCode, status)
      assert.equal(response.body.includes('Not for everybody.'), status === 200)
    })
  }

  test('a hidden post and one that never was look the same', async () => {
    const { id } = await writePost(ben)
    const hidden = await cast.bea.get(paths.admin.post(id))
    const invented = await cast.bea.get(paths.admin.post(999_999))

    assert.equal(hidden.body, invented.body)
  })

  test('a post that they may read says that it is not theirs, and one that only its link leads to is not counted out', async () => {
    for (const [visibility, status] of [
      ['public', 403],
      ['members', 403],
      ['unlisted', 404],
      ['private', 404],
    ] as const) {
      const { id } = await publishPost(ben, { visibility })
      const words = { ...form, version: '1' }
      assert.equal((await cast.bea.get(paths.admin.post(id))).statusCode, status, visibility)
      assert.equal((await cast.bea.post(paths.admin.post(id), words)).statusCode, status, visibility)
      assert.equal((await beas.send('PATCH', paths.api.post(id), { title: 'x' })).statusCode, status, visibility)
      assert.equal((await beas.send('DELETE', paths.api.post(id))).statusCode, status, visibility)
    }
  })

  test('an address without a number is not found', async () => {
    for (const id of ['abc', '0', '-1', '1.5', '99999999999999999999', '9007199254740993', '%20', '__proto__', "1'"]) {
      assert.equal((await ben.get(`/admin/posts/${id}`)).statusCode, 404, id)
      for (const ending of ['', '/preview', '/publication', '/publication/end', '/deletion']) {
        assert.equal(
          (await ben.post(`/admin/posts/${id}${ending}`, { ...form, version: '1' })).statusCode,
          404,
          id + ending,
        )
      }
    }
  })
})

test('a title that nobody sees is refused, on the page and by a program', async () => {
  const bens = await program(app, db, ben)
  for (const title of ['\u2800', '\u3164', '\u115f\u200b', '\u{e0041}']) {
    assert.equal((await ben.post(paths.admin.posts(), { ...form, title })).statusCode, 422, JSON.stringify(title))
    const answer = await bens.send('POST', paths.api.posts(), { title, body: 'x' })
    assert.deepEqual([answer.statusCode, answer.data.errors?.[0]?.pointer], [422, '/title'], JSON.stringify(title))
  }
})

describe('the list of posts to write on', () => {
  test('has the own posts of an author and everybody’s for who edits them', async () => {
    const { id } = await writePost(ben, { title: 'Bens secret plan' })
    const link = `href="${paths.admin.post(id)}"`

    for (const [name, sees] of Object.entries({ ada: true, ben: true, cleo: true, bea: false }) as [
      keyof Cast,
      boolean,
    ][]) {
      assert.equal((await cast[name].get(paths.admin.posts())).body.includes(link), sees, name)
    }
    assert.equal((await cast.rosa.get(paths.admin.posts())).statusCode, 403)
  })
})

describe('a visitor who is not signed in', () => {
  test('is led to the sign-in page and back', async () => {
    const { id } = await writePost(ben)
    const pages = [
      paths.admin.posts(),
      paths.admin.newPost(),
      paths.admin.post(id),
      paths.admin.settings(),
      paths.profile(),
      `${paths.admin.posts()}?before=1-1`,
    ]
    for (const path of pages) {
      const response = await dev.get(path)
      assert.equal(response.statusCode, 303, path)
      assert.equal(response.headers.location, `${paths.signIn()}?next=${encodeURIComponent(path)}`)
    }
  })

  test('learns by no answer which posts exist', async () => {
    const { id } = await writePost(ben)

    assert.equal(
      (await dev.get(paths.admin.post(id))).statusCode,
      (await dev.get(paths.admin.post(999_999))).statusCode,
    )
    const [real, invented] = await Promise.all([id, 999_999].map((id) => dev.post(paths.admin.post(id), form)))
    assert.equal(real?.body, invented?.body)
  })

  test('who had a form open gets the typed text back', async () => {
    const { id } = await writePost(ben)
    for (const path of [paths.admin.posts(), paths.admin.post(id)]) {
      const response = await dev.post(path, { title: 'Hours of work', body: 'All <these> "words"', tags: 'kept' })

      assert.equal(response.statusCode, 401)
      for (const text of ['Hours of work', 'All &lt;these&gt; &quot;words&quot;', 'kept'])
        assert.ok(response.body.includes(text), text)
    }
  })
})

test('the editor shows only the buttons that will work', async () => {
  const { id, path } = await publishPost(ben)

  const editor = (await ben.get(paths.admin.post(id))).body
  assert.ok(editor.includes(`action="${paths.admin.postDeletion(id)}"`))
  assert.equal(fieldOf(editor, 'version'), '1')
  for (const [name, sees] of Object.entries({
    ada: true,
    ben: true,
    cleo: true,
    bea: false,
    rosa: false,
    dev: false,
  }) as [keyof Cast, boolean][]) {
    assert.equal((await cast[name].get(path)).body.includes(`href="${paths.admin.post(id)}"`), sees, name)
  }
})

async function find(id: number) {
  return await db.selectFrom('posts').selectAll().where('id', '=', id).executeTakeFirst()
}

async function count(): Promise<number> {
  const { total } = await db
    .selectFrom('posts')
    .select((query) => query.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}
