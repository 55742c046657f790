// The example in the help of each deed can be typed as it stands.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Command } from 'commander'
import { program } from '../../test/api-client.ts'
import { testApp } from '../../test/app.ts'
import type { OpenApi } from '../api/openapi.ts'
import { addDeed, requestOf } from '../commands/deed.ts'
import { paths } from '../paths.ts'
import { deedsOf, nouns } from './deeds.ts'
import { exampleOf } from './examples.ts'

const { app, cast, db } = await testApp()

test('examples give what is needed, in a form that is taken', async () => {
  const document = (await app.inject(paths.api.document())).json<OpenApi>()
  const adas = await program(app, db, cast.ada)
  const ofFiles: string[] = []
  const refused: string[] = []
  let tried = 0
  for (const [noun, { noun: tag }] of Object.entries(nouns)) {
    for (const deed of deedsOf(tag, document)) {
      const example = exampleOf(noun, deed)
      if (/ --(data|file) /.test(example)) {
        ofFiles.push(`${noun} ${deed.verb}`)
        continue
      }
      const parent = new Command().exitOverride()
      const sent: Promise<{ statusCode: number; body: string }>[] = []
      addDeed(parent, noun, deed, async (deed, values, given) => {
        const { path, body } = await requestOf(deed, values, given, async () => 12)
        sent.push(adas.send(deed.method, path, body))
      })
      await parent.parseAsync(wordsOf(example).slice(1), { from: 'user' })
      const [answer] = await Promise.all(sent)
      if (!answer || [400, 415, 422].includes(answer.statusCode)) refused.push(`${example}: ${answer?.body}`)
      tried++
    }
  }
  assert.deepEqual(refused, [])
  assert.ok(tried > 50)
  assert.deepEqual(ofFiles, ['comment decide-many', 'media create', 'media replace-file'])
})

/** As a shell takes a line apart. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}
