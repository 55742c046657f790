// What authors say about themselves.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { errorAt, fieldOf, publishPost } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { longestAbout } from './user.ts'

const { cast } = await testApp()
const { ben, dev } = cast

const author = async () => (await dev.get(paths.author('ben'))).body

test('an author writes about himself, and the page of his posts shows it', async () => {
  await publishPost(ben)
  assert.doesNotMatch(await author(), /class="about"/)
  const about = '  Bakes <b>bread</b>.\r\nAnd cake.\n\n\n\nWrites\u202e too.  '
  assert.equal((await ben.post(paths.profile(), { name: 'Ben', about })).statusCode, 303)
  assert.match(
    await author(),
    /<div class="about" dir="auto"><p>Bakes &lt;b&gt;bread&lt;\/b&gt;\.\nAnd cake\.<\/p><p>Writes too\.<\/p><\/div>/,
  )
  // A program that knows only of names takes nothing away.
  await ben.post(paths.profile(), { name: 'Ben' })
  assert.match(await author(), /class="about"/)
  await ben.post(paths.profile(), { name: 'Ben', about: ' ' })
  assert.doesNotMatch(await author(), /class="about"/)
})

test('too much of it is refused and comes back as it was typed', async () => {
  const about = 'x'.repeat(longestAbout + 1)
  const refused = await ben.post(paths.profile(), { name: 'Ben', about })
  assert.equal(refused.statusCode, 422)
  assert.ok(errorAt(refused.body, 'about'))
  assert.equal(fieldOf(refused.body, 'about'), about)
  assert.doesNotMatch(await author(), /xxx/)
})
