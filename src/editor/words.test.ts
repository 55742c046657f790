// What the page of the editor tells its script to say.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { testApp } from '../../test/app.ts'
import type { Person } from '../../test/cast.ts'
import { unescaped, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { english } from '../texts/english.ts'
import { speak } from '../texts/texts.ts'
import type { EditorWords } from './words.ts'

const { cast } = await testApp()
const folder = mkdtempSync(join(tmpdir(), 'bloggy-editor-words-'))
after(() => rmSync(folder, { recursive: true, force: true }))
mkdirSync(join(folder, 'nl'))
writeFileSync(
  join(folder, 'nl', 'editor.json'),
  JSON.stringify({ bold: 'Vet & "dik"', inText: 'In de tekst staat {name}.' }),
)

describe('the words of the editor', () => {
  test('are in the page of a new post and of one that is there, in the language that is spoken', async (t) => {
    const { id } = await writePost(cast.ben, { title: 'Begun' })
    speak('nl', pathToFileURL(`${folder}/`))
    t.after(() => speak('en'))
    for (const path of [paths.admin.newPost(), paths.admin.post(id)]) {
      const words = await wordsOf(cast.ben, path)
      assert.equal(words.bold, 'Vet & "dik"')
      assert.equal(words.inText, 'In de tekst staat {name}.')
      assert.equal(words.italic, english.editor.italic)
    }
  })

  test('with a number are one text for each plural', async () => {
    const { countPictures, countWords } = await wordsOf(cast.ben, paths.admin.newPost())
    assert.deepEqual(countPictures, { '0': '0 pictures.', one: '# picture.', other: '# pictures.' })
    assert.deepEqual(countWords, { '0': '0 words', one: '# word', other: '# words' })
  })
})

async function wordsOf(writer: Person, path: string): Promise<EditorWords> {
  const { body } = await writer.get(path)
  return JSON.parse(unescaped(/ data-words="([^"]*)"/.exec(body)?.[1] ?? '')) as EditorWords
}
