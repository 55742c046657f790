import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { paths } from '../paths.ts'

const { cast } = await testApp()
const { ben, dev } = cast

test('a published post is on the front page and has a page of its own', async () => {
  const response = await ben.post(paths.admin.posts(), { title: 'Hello', body: 'A *first* post.', publish: 'yes' })

  assert.equal(response.statusCode, 303)
  assert.equal(response.headers.location, paths.post('hello'))
  assert.match((await dev.get(paths.home())).body, /<a href="\/posts\/hello">Hello<\/a>/)
  assert.match((await dev.get(paths.post('hello'))).body, /A <em>first<\/em> post\./)
})
