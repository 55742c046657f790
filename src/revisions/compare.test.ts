// Long texts beside each other.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { fieldOf, unescaped, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { compare } from './compare.ts'
import { mostRows } from './difference.ts'

const { cast } = await testApp()
const { ben, cleo } = cast
const longText = 'The quick fox jumps over the dog.\n'.repeat(10_000)
const [numbers, others] = [numbersFrom(1), numbersFrom(2)]

describe('two texts', () => {
  test('that are long are compared word by word, in a thread', async () => {
    const { result, isWaitedFor } = await compared(longText, `${longText.slice(0, -5)}cat.\n`)
    assert.ok(isWaitedFor)
    assert.deepEqual(
      result.body?.pieces.filter(({ change }) => change !== 'same'),
      [
        { text: 'dog', change: 'removed' },
        { text: 'cat', change: 'added' },
      ],
    )
  })

  test('that are short are compared at once, unless they are very different', async () => {
    const short = await compared('The quick fox.', 'The slow fox.')
    assert.ok(!short.isWaitedFor)
    assert.equal(short.result.body?.pieces.length, 4)
    const different = await compared(numbers.slice(0, 5000), others.slice(0, 5000))
    assert.ok(different.isWaitedFor)
  })

  test('that are too long and too different are shown whole, with a sentence', async () => {
    const inLines = [numbers, others].map((text) => text.replaceAll(' ', '\n'))
    assert.ok((await compared(inLines[0] ?? '', inLines[1] ?? '')).result.body === undefined)

    const { id } = await writePost(ben, { title: 'A post', body: numbers })
    await ben.post(paths.admin.post(id), { title: 'A post', body: others, version: '1' })
    for (const path of [paths.admin.revision(id, 2), paths.admin.revision(id, 2, { side: 'yes' })]) {
      const { body, statusCode } = await ben.get(path)
      assert.equal(statusCode, 200)
      assert.ok(body.includes('too long or too different to be compared'))
      assert.ok(body.includes(`<del>${numbers}</del><ins class="apart">${others}</ins>`))
    }
  })

  test('that are too long and too different are whole beside a form that was not saved', async () => {
    const { id } = await writePost(ben, { title: 'A post', body: 'x' })
    await cleo.post(paths.admin.post(id), { title: 'A post', body: numbers, version: '1' })
    const form = { title: 'A post', body: others, version: '1' }
    for (const [path, status] of [
      [paths.admin.post(id), 409],
      [paths.admin.comparison(id), 200],
    ] as const) {
      const { body, statusCode } = await ben.post(path, form)
      assert.equal(statusCode, status)
      assert.ok(body.includes('too long or too different to be compared'))
      assert.ok(body.includes(`<del>${numbers}</del><ins class="apart">${others}</ins>`))
      assert.ok(fieldOf(body, 'body') === others)
    }
  })

  test('have so many rows side by side, and no more', async () => {
    const { id } = await writePost(ben, { title: 'A post', body: 'One.' })
    const body = `One.${'\nMore.'.repeat(mostRows + 10)}`
    await ben.post(paths.admin.post(id), { title: 'A post', body, version: '1' })
    const page = unescaped((await ben.get(paths.admin.revision(id, 2, { side: 'yes' }))).body)
    assert.equal(page.match(/<tr><td>/g)?.length, mostRows)
    assert.ok(page.includes('More follows'))
  })
})

/** Whether others had their turn before it was done. */
async function compared(before: string, after: string) {
  let isWaitedFor = false
  setImmediate(() => (isWaitedFor = true))
  const rest = { title: 'A post', tags: '', details: {} }
  const result = await compare({ ...rest, body: before }, { ...rest, body: after }, ben.id)
  return { result, isWaitedFor }
}

function numbersFrom(seed: number): string {
  let last = seed
  const next = () => (last = (last * 48_271) % 2_147_483_647)
  return Array.from({ length: 60_000 }, () => next().toString(36)).join(' ')
}
