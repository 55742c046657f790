// What the editor saves by itself: of a draft, beside a published post, and for somebody who comes second.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { fieldOf, publishPost, unescaped, writePost } from '../../test/pages.ts'
import { mostLost } from '../revisions/revision.ts'
import { paths } from '../paths.ts'

const { cast, db, logged } = await testApp()
const { ada, ben, bea, cleo, dev, rosa } = cast
const json = { accept: 'application/json' }

after(() => assert.doesNotMatch(logged(), /"level":[56]0/, 'Something was an error of ours.'))

describe('an autosave', () => {
  test('of a new post makes a draft, which its address leads to', async () => {
    const made = await begin({ title: 'Night', body: 'They are slow.' })
    assert.equal(made.statusCode, 201)
    const { id, version, action, addresses } = made.json()
    assert.equal(version, 1)
    assert.equal(action, paths.admin.post(id))
    assert.equal(addresses['data-autosave'], paths.admin.autosave(id))
    assert.equal(fieldOf((await ben.get(action)).body, 'body'), 'They are slow.')
    assert.equal((await dev.get(paths.post('night'))).statusCode, 404)
  })

  test('needs no title, and no text', async () => {
    const { id } = (await begin({ title: '', body: 'No title yet.' })).json()
    assert.equal((await save(id, { title: '', body: '', version: '1' })).statusCode, 200)
    assert.equal((await read(id)).body, '')
  })

  test('keeps no title that nobody sees', async () => {
    const { id } = (await begin({ title: '\ufe0f\u2800', body: 'No title yet.' })).json()
    const titleNow = async () => fieldOf((await ben.get(paths.admin.post(id))).body, 'title')
    assert.equal(await titleNow(), '')
    assert.match((await ben.get(paths.admin.posts())).body, /Untitled/)
    assert.equal((await save(id, { title: ' Seen \u2800', body: 'x', version: '1' })).statusCode, 200)
    assert.equal(await titleNow(), 'Seen \u2800')
  })

  test('of an empty page makes nothing', async () => {
    const before = await countPosts()
    const ways: Record<string, string>[] = [{}, { title: ' ', body: '\n' }, { title: '\u3164', body: ' ' }]
    for (const form of ways) assert.equal((await begin(form)).statusCode, 422)
    assert.equal(await countPosts(), before)
  })

  test('of a draft saves it, and answers the version to go on from', async () => {
    const { id } = await writePost(ben, { title: 'A draft', body: 'One.' })
    const first = await save(id, { title: 'A draft', body: 'One. Two.', tags: 'new', version: '1' })
    assert.deepEqual(first.json(), { id, version: 2 })
    assert.equal((await save(id, { title: 'A draft', body: 'One. Two. Three.', version: '2' })).json().version, 3)
    assert.deepEqual((await ben.get(paths.admin.autosave(id))).json(), { id, version: 3 })
    assert.equal((await read(id)).body, 'One. Two. Three.')
  })

  test('of a published post is a draft beside it: readers see no difference', async () => {
    const { id, path } = await publishPost(ben, { title: 'Out', body: 'For readers.' })
    assert.equal((await save(id, { title: 'Out', body: 'Half a sen', version: '1' })).statusCode, 200)
    assert.match((await dev.get(path)).body, /For readers\./)
    assert.equal(fieldOf((await ben.get(paths.admin.post(id))).body, 'body'), 'Half a sen')
  })

  test('of a post that is to appear later is not what appears', async () => {
    const { id } = await writePost(ben, { title: 'Soon', body: 'Whole.' })
    const appears_at = new Date(Date.now() + 86_400_000).toISOString().slice(0, 16)
    assert.equal((await ada.post(paths.admin.schedule(id), { appears_at })).statusCode, 303)
    const { version } = await read(id)
    assert.equal((await save(id, { title: 'Soon', body: 'Half', version: String(version) })).statusCode, 200)
    assert.equal((await read(id)).body, 'Whole.')
    assert.equal(fieldOf((await ben.get(paths.admin.post(id))).body, 'body'), 'Half')
  })

  test('publishes nothing, whatever the form says', async () => {
    const { id } = (await begin({ title: 'Quiet', body: 'x', publish: 'yes' })).json()
    await save(id, { title: 'Quiet', body: 'xy', version: '1', publish: 'yes' })
    assert.equal((await read(id)).published_at, null)
  })

  test('of a detail that is half typed saves the text, and leaves the detail as it was', async () => {
    const half = { picture_url: '/', picture_alt: 'A lamp' }
    const { id } = (await begin({ title: 'Half', body: 'One.', ...half })).json()
    assert.equal((await save(id, { title: 'Half', body: 'One. Two.', version: '1', ...half })).statusCode, 200)
    assert.deepEqual([(await read(id)).body, (await read(id)).version], ['One. Two.', 2])
    assert.equal(fieldOf((await ben.get(paths.admin.post(id))).body, 'picture_url'), '')
  })

  test('of a text that is too long, or that cannot be kept, is refused with the reason and changes nothing', async () => {
    const { id } = await writePost(ben, { title: 'Long', body: 'Short.' })
    const long = await save(id, { title: 'Long', body: 'x'.repeat(500_001), version: '1' })
    assert.equal(long.statusCode, 422)
    assert.equal(long.json().error.fields.body, 'Please keep this to 500,000 characters.')
    assert.equal((await save(id, { title: 'x'.repeat(513), body: 'x', version: '1' })).statusCode, 422)
    assert.equal((await save(id, { title: 'Nul', body: 'a\0b', version: '1' })).json().error.kind, 'invalid')
    assert.equal((await save(id, { title: 'x', body: 'x', version: 'x' })).statusCode, 422)
    assert.deepEqual([(await read(id)).body, (await read(id)).version], ['Short.', 1])
  })

  test('is for those who may edit the post; the others do not learn of it', async () => {
    const { id } = await writePost(ben)
    const form = { title: 'Mine', body: 'Mine', version: '1' }
    for (const who of [bea, rosa]) {
      for (const path of [paths.admin.autosave(id), paths.admin.comparison(id), paths.admin.postPage(id)]) {
        assert.equal((await who.post(path, form, json)).statusCode, 404, `${who.name} ${path}`)
      }
      assert.equal((await who.get(paths.admin.autosave(id))).statusCode, 404)
    }
    assert.equal((await rosa.post(paths.admin.newAutosave(), form, json)).statusCode, 403)
    assert.equal((await dev.post(paths.admin.autosave(id), form, json)).json().error.kind, 'unauthenticated')
    assert.equal((await dev.post(paths.admin.newAutosave(), form, json)).statusCode, 401)
    assert.equal((await read(id)).version, 1)
  })
})

describe('whoever comes second', () => {
  test('is told who was faster and what is saved, and overwrites nothing', async () => {
    const { id } = await writePost(ben, { title: 'Two pens', body: 'In the beginning.' })
    await save(id, { title: 'Two pens', body: 'Cleo was here.', version: '1' }, cleo)
    const refused = await save(id, { title: 'Two pens', body: 'Ben was here.', version: '1' })
    assert.equal(refused.statusCode, 409)
    const { error, saved, addresses } = refused.json()
    assert.equal(error.message, 'Cleo saved another version of this post.')
    assert.deepEqual(saved, { version: 2, title: 'Two pens', body: 'Cleo was here.' })
    assert.equal(addresses['data-comparison'], paths.admin.comparison(id))
    assert.equal((await read(id)).body, 'Cleo was here.')
  })

  test('sees the two texts word by word, and what is saved next goes over the version that was shown', async () => {
    const { id } = await writePost(ben, { title: 'Two pens', body: 'The quick fox sleeps.' })
    await save(id, { title: 'Two pens', body: 'The slow fox sleeps.', version: '1' }, cleo)
    const { statusCode, body } = await ben.post(paths.admin.comparison(id), {
      title: 'Three pens',
      body: 'The quick fox\r\nsleeps <b>badly</b>.',
      version: '1',
    })
    assert.equal(statusCode, 200)
    assert.match(body, /<del>Two<\/del><ins class="apart">Three<\/ins>/)
    assert.match(body, /<del>slow<\/del><ins class="apart">quick<\/ins>/)
    assert.match(unescaped(body), /Cleo saved this post[^]*The slow fox sleeps\./)
    assert.equal(fieldOf(body, 'body'), 'The quick fox\nsleeps <b>badly</b>.')
    assert.equal(fieldOf(body, 'version'), '2')
    assert.equal((await read(id)).body, 'The slow fox sleeps.')
  })

  test('also with the first autosave of one new post, twice', async () => {
    const submission_key = randomUUID()
    const { id } = (await begin({ title: 'Once', body: 'One.', submission_key })).json()
    const again = await begin({ title: 'Once', body: 'One. Two.', submission_key })
    assert.equal(again.statusCode, 409)
    assert.equal(again.json().id, id)
    assert.deepEqual(again.json().saved, { version: 1, title: 'Once', body: 'One.' })
    assert.equal((await begin({ title: 'Once', body: 'x', submission_key }, bea)).statusCode, 409)
    const asked = `${paths.admin.newAutosave()}?submission_key=`
    assert.equal((await ben.get(asked + submission_key)).json().saved.body, 'One.')
    assert.equal((await bea.get(asked + submission_key)).statusCode, 404)
    for (const key of [randomUUID(), 'x', '-'.repeat(36)])
      assert.equal((await ben.get(asked + key)).statusCode, 404, key)
    assert.equal((await read(id)).body, 'One.')
  })

  test('is one of ten at once, nine times', async () => {
    const { id } = await writePost(ben, { body: 'One.' })
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => save(id, { title: 'x', body: `Text ${index}`, version: '1' })),
    )
    assert.deepEqual(answers.map(({ statusCode }) => statusCode).toSorted(), [200, ...Array(9).fill(409)])
  })
})

describe('the address of a draft', () => {
  test('goes along with its title until it is out', async () => {
    const { id } = (await begin({ title: 'Nig', body: 'x' })).json()
    await save(id, { title: 'Night trains', body: 'x', version: '1' })
    assert.equal((await read(id)).slug, 'night-trains')
    await save(id, { title: 'Night trains', body: 'xy', version: '2' })
    const form = { title: 'Night trains of Europe', body: 'x', version: '3', publish: 'yes' }
    const published = await ada.post(paths.admin.post(id), form)
    assert.equal(published.headers.location, paths.post('night-trains-of-europe'))
    await ada.post(paths.admin.publicationEnd(id))
    await save(id, { title: 'Other', body: 'x', version: String((await read(id)).version) })
    assert.equal((await read(id)).slug, 'night-trains-of-europe')
  })

  test('is not that of another post', async () => {
    await writePost(ben, { title: 'Taken words' })
    const { id } = (await begin({ title: 'Taken', body: 'x' })).json()
    await save(id, { title: 'Taken words', body: 'x', version: '1' })
    assert.equal((await read(id)).slug, 'taken-words-2')
    await save(id, { title: 'Taken words', body: 'y', version: '2' })
    assert.equal((await read(id)).slug, 'taken-words-2')
  })
})

describe('autosaves among the revisions', () => {
  test('are one as long as somebody goes on, and the save that ends them takes their place', async () => {
    const { id } = await writePost(ben, { title: 'Folded', body: 'Begun.' })
    const texts = ['Begun. One', 'Begun. One two', 'Begun. One two three.']
    await withinOneWindow(async () => {
      for (const [index, body] of texts.entries()) await save(id, { title: 'Folded', body, version: String(index + 1) })
      assert.deepEqual(await kinds(id), ['saved', 'autosaved'])
      await ben.post(paths.admin.post(id), { title: 'Folded', body: texts[2] ?? '', version: '4' })
      assert.deepEqual(await kinds(id), ['saved', 'saved'])
    })
    assert.equal((await events(id)).filter((action) => action === 'post.changed').length, 2)
    assert.match((await ben.get(paths.admin.revisions(id))).body, /Revision 2/)
  })

  test('are kept from another time, from another person, and when they have a name', async () => {
    const { id } = await writePost(ben, { title: 'Kept', body: '1' })
    await save(id, { title: 'Kept', body: '2', version: '1' })
    await db
      .updateTable('post_revisions')
      .set({ created_at: new Date(Date.now() - 3_600_000) })
      .execute()
    await save(id, { title: 'Kept', body: '3', version: '2' })
    await ben.post(paths.admin.revisionName(id, 3), { name: 'Good' })
    await save(id, { title: 'Kept', body: '4', version: '3' })
    await save(id, { title: 'Kept', body: '5', version: '4' }, cleo)
    assert.deepEqual(await kinds(id), ['saved', 'autosaved', 'autosaved', 'autosaved', 'autosaved'])
  })

  test('lose a few sentences on the way at most, whatever is deleted or written over', async () => {
    const { id } = await writePost(ben, { title: 'Rubbed out', body: 'x' })
    const long = Array.from({ length: 400 }, (_, word) => `word${word}`).join(' ')
    const steps = [long]
    for (let length = long.length - 200; length > 0; length -= 200) steps.push(long.slice(0, length))
    steps.push('Other words. '.repeat(400), 'Quite other. '.repeat(400))
    await withinOneWindow(async () => {
      for (const [index, body] of steps.entries())
        await save(id, { title: 'Rubbed out', body, version: String(index + 1) })
    })
    const kept = (await db.selectFrom('post_revisions').select('body').where('post_id', '=', id).execute()).map(
      ({ body }) => body,
    )
    const missingOf = (body: string, other: string) => {
      if (other.startsWith(body)) return 0
      return body.startsWith(other) ? body.length - other.length : Infinity
    }
    for (const body of steps) {
      const missing = Math.min(...kept.map((other) => missingOf(body, other)))
      assert.ok(missing <= mostLost, `${missing} of ${body.length} characters are nowhere`)
    }
    assert.ok(kept.length < steps.length)
  })

  test('keep what somebody was shown beside their own', async () => {
    const { id } = await writePost(ben, { title: 'Two tabs', body: 'One.' })
    await withinOneWindow(async () => {
      await save(id, { title: 'Two tabs', body: 'One. From the first tab.', version: '1' })
      assert.equal((await save(id, { title: 'Two tabs', body: 'One. Second!', version: '1' })).statusCode, 409)
      await save(id, { title: 'Two tabs', body: 'One. Second!', version: '2' })
      await save(id, { title: 'Two tabs', body: 'One. Second! On.', version: '3' })
    })
    assert.deepEqual(await kinds(id), ['saved', 'autosaved', 'autosaved'])
    const revision = await ben.get(paths.admin.revision(id, 2))
    assert.match(revision.body, /From the first tab/)
  })

  test('keep the text of which much was deleted', async () => {
    const { id } = await writePost(ben, { title: 'Wiped', body: 'x' })
    const long = 'word '.repeat(mostLost)
    await save(id, { title: 'Wiped', body: long, version: '1' })
    await save(id, { title: 'Wiped', body: '', version: '2' })
    const texts = await db.selectFrom('post_revisions').select('body').where('post_id', '=', id).execute()
    assert.ok(texts.some(({ body }) => body === long))
  })
})

describe('the page beside the text', () => {
  test('is the one readers would get, is not kept, and saves nothing', async () => {
    const { id } = await publishPost(ben, { title: 'Out', body: 'For readers.' })
    const form = { title: 'Better', body: 'Not *yet*. <script>alert(1)</script>', tags: 'Sleep', version: '1' }
    for (const path of [paths.admin.postPage(id), paths.admin.newPostPage()]) {
      const { statusCode, body, headers } = await ben.post(path, form)
      assert.equal(statusCode, 200)
      assert.match(body, /<h1 class="p-name">Better<\/h1>[^]*Not <em>yet<\/em>[^]*Sleep/)
      assert.doesNotMatch(body, /<script/)
      assert.equal(headers['cache-control'], 'no-store')
      assert.equal(headers['x-robots-tag'], 'noindex')
      assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/)
    }
    assert.equal((await read(id)).body, 'For readers.')
  })
})

async function begin(form: Record<string, string>, who = ben) {
  return await who.post(paths.admin.newAutosave(), { submission_key: randomUUID(), ...form }, json)
}

async function save(id: number, form: Record<string, string>, who = ben) {
  return await who.post(paths.admin.autosave(id), form, json)
}

async function read(id: number) {
  return await db.selectFrom('posts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

async function countPosts(): Promise<number> {
  return (await db.selectFrom('posts').select('id').execute()).length
}

async function kinds(id: number): Promise<string[]> {
  const rows = await db
    .selectFrom('post_revisions')
    .select('kind')
    .where('post_id', '=', id)
    .orderBy('number')
    .execute()
  return rows.map(({ kind }) => kind)
}

async function events(id: number): Promise<string[]> {
  const rows = await db.selectFrom('audit_events').select('action').where('subject_id', '=', id).execute()
  return rows.map(({ action }) => action)
}

/** Waits where ten minutes of the clock are about to end. */
async function withinOneWindow(run: () => Promise<void>): Promise<void> {
  const left = 600_000 - (Date.now() % 600_000)
  if (left < 20_000) await new Promise((resolve) => setTimeout(resolve, left + 10))
  await run()
}
