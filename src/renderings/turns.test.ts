// One writer's slow texts and everybody else. In a process of its own, because texts have a time.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { errorAt, fieldOf, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const { cast, logged } = await testApp()
const { bea, ben } = cast
const json = { accept: 'application/json' }
// A second or two, at the end of which it may be refused.
const slow = '[^1]'.repeat(120_000)
// Is rendered by the thread, in its turn.
const long = 'Some *words*.\n\n'.repeat(200)
// More than the thread's memory.
const heavy = '# a\n'.repeat(120_000)

after(() => assert.doesNotMatch(logged(), /"level":[56]0/, 'Something was an error of ours.'))

describe('slow previews of one writer', () => {
  test('are one at a time and one that waits, and a save of another goes before it', async () => {
    const { id } = await writePost(ben, { title: 'Of Ben', body: 'One.' })
    const order: string[] = []
    const previews = Array.from({ length: 8 }, async () => {
      const { statusCode } = await bea.post(paths.admin.newPostPage(), { title: 'Slow', body: slow }, json)
      order.push(statusCode === 409 ? 'replaced' : 'preview')
    })
    const saving = (async () => {
      // One is rendered and one waits as soon as one was replaced.
      while (order.length < 1) await new Promise((resolve) => setTimeout(resolve, 5))
      const { statusCode } = await ben.post(paths.admin.autosave(id), { title: 'x', body: long, version: '1' }, json)
      order.push(`save ${statusCode}`)
    })()
    await Promise.all([...previews, saving])
    // The answer to the first preview and that to the save come from two threads, in any order.
    assert.deepEqual(order.toSorted(), ['preview', 'preview', ...Array(6).fill('replaced'), 'save 200'])
    assert.equal(order.at(-1), 'preview', order.join(', '))
  })

  test('do not keep another from a first save', async () => {
    const previews = Array.from({ length: 25 }, () => bea.post(paths.admin.newPostPage(), { body: slow }, json))
    const { statusCode } = await ben.post(paths.admin.posts(), { title: 'First', body: long })
    assert.equal(statusCode, 303)
    await Promise.all(previews)
  })
})

describe('a text that takes more memory than there is', () => {
  test('is refused at its field, and the form comes back', async () => {
    const refused = await ben.post(paths.admin.posts(), { title: 'Heavy', body: heavy })
    assert.equal(refused.statusCode, 422)
    assert.match(errorAt(refused.body, 'body') ?? '', /very many headings/)
    assert.equal(fieldOf(refused.body, 'body'), heavy)
    const previewed = await ben.post(paths.admin.newPostPreview(), { title: 'Heavy', body: heavy })
    assert.equal(previewed.statusCode, 422)
    assert.match(errorAt(previewed.body, 'body') ?? '', /very many headings/)
  })

  test('is refused as an autosave, and the next one is taken', async () => {
    const { id } = await writePost(ben, { title: 'Heavy', body: 'One.' })
    const save = (body: string) => ben.post(paths.admin.autosave(id), { title: 'Heavy', body, version: '1' }, json)
    const refused = await save(heavy)
    assert.equal(refused.statusCode, 422)
    assert.match(refused.json().error.fields.body, /very many headings/)
    assert.equal((await save(long)).statusCode, 200)
  })
})

describe('a writer who saves faster than texts become pages', () => {
  test('is told that the blog is busy, and when to come again', async () => {
    const saves = await Promise.all(
      Array.from({ length: 6 }, () => bea.post(paths.admin.newAutosave(), { body: slow }, json)),
    )
    const refused = saves.filter(({ statusCode }) => statusCode === 503)
    assert.ok(refused.length > 0)
    for (const answer of refused) {
      assert.equal(answer.json().error.kind, 'busy')
      assert.match(answer.json().error.message, /busy turning texts into pages/)
      assert.ok(Number(answer.headers['retry-after']) > 0)
    }
  })
})
