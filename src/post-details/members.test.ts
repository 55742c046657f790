// The beginning of a text for members is shown to nobody else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { publishPost } from '../../test/pages.ts'
import { rendererVersion } from '../markdown/renderer-version.ts'
import { paths } from '../paths.ts'
import { renderAgain } from '../renderings/jobs.ts'

const { cast, db } = await testApp()
const { ben, dev, rosa } = cast

const text = { body: 'The secret beginning of it all.', tags: 'secrets', series: 'Secrets' }

async function change(id: number, fields: Record<string, string>) {
  const { title, body, version } = await db
    .selectFrom('posts')
    .select(['title', 'body', 'version'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  const answer = await ben.post(paths.admin.post(id), { title, body, version: String(version), ...fields })
  assert.equal(answer.statusCode, 303)
}

const places = (path: string) => [
  path,
  paths.home(),
  paths.tag('secrets'),
  paths.author('ben'),
  paths.series('secrets'),
]

async function isSecret(path: string): Promise<void> {
  for (const place of places(path)) {
    const page = await dev.get(place)
    assert.equal(page.statusCode, 200, place)
    assert.doesNotMatch(page.body, /secret beginning/, place)
  }
}

test('a post for members without an excerpt shows strangers nothing of its text, on no page', async () => {
  const { id, path } = await publishPost(ben, { ...text, visibility: 'members' })
  await isSecret(path)
  assert.match((await rosa.get(path)).body, /secret beginning/)

  await db
    .updateTable('posts')
    .set({ renderer_version: rendererVersion - 1 })
    .where('id', '=', id)
    .execute()
  await renderAgain(db)
  await isSecret(path)

  await change(id, { ...text, excerpt: 'In my own words' })
  await isSecret(path)
  for (const place of places(path)) assert.match((await dev.get(place)).body, /In my own words/, place)
})

test('a post that becomes one for members, and for everybody again, follows', async () => {
  const { id, path } = await publishPost(ben, { ...text, body: 'Another secret beginning.' })
  assert.match((await dev.get(paths.home())).body, /secret beginning/)
  await change(id, { ...text, body: 'Another secret beginning.', visibility: 'members' })
  await isSecret(path)
  await change(id, { visibility: 'public', tags: 'secrets' })
  assert.match((await dev.get(paths.home())).body, /secret beginning/)
})
