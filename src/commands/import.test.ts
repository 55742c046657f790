// What `bloggy import` says, as somebody reads it who does this for the first time.
import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { finish } from '../../test/bloggy.ts'
import { createDatabase } from '../../test/database.ts'
import { editFile } from '../../test/dumps.ts'
import { settingsOf } from '../../test/kills.ts'
import { type Family, buildFamily } from '../../test/legacy/families.ts'
import { buildMissingWal } from '../../test/legacy/live.ts'
import { exitCodes } from './import.ts'

const root = mkdtempSync(join(tmpdir(), 'bloggy-import-words-'))
const drops: (() => Promise<void>)[] = []
after(async () => {
  for (const drop of drops) await drop()
  rmSync(root, { recursive: true, force: true })
})
const keys = {
  OAUTH_TOKEN_KEY: Buffer.alloc(32, 'ours').toString('base64'),
  OAUTH_TOKEN_ENCRYPTION_KEY: Buffer.alloc(32, 'not theirs').toString('base64'),
}

describe('before an import', { concurrency: false }, () => {
  test('the help leads to the guide and has every exit code', async () => {
    const { stdout } = await finish(['import', '--help'])
    assert.match(stdout, /docs\/migrating\.md/)
    for (const code of Object.values(exitCodes)) assert.match(stdout, new RegExp(`^  ${code}: `, 'm'))
  })

  test('an empty database is named as such, with the command that fills it', async () => {
    const settings = await newPlace('empty')
    for (const words of [
      ['import', familyFile('F12')],
      ['import', 'list'],
      ['import', 'undo', '1'],
    ]) {
      const { code, stderr } = await finish(words, settings)
      assert.ok(code === 1 || code === 3, String(code))
      assert.match(stderr, /^\nThe database is empty\. Run `npm start` or `npm run bloggy -- migrations up` first\.\n/m)
    }
  })

  test('looking and rehearsing at once is refused', async () => {
    const { code, stdout, stderr } = await finish(['import', familyFile('F12'), '--inspect', '--rehearse'])
    assert.deepEqual([code, stdout], [exitCodes.refused, ''])
    assert.match(stderr, /Choose one of them\./)
  })

  test('a -wal that is not there is odd, whether a trace of it is left or not', async () => {
    for (const leavesShm of [true, false]) {
      const path = newPath()
      await buildMissingWal(path, { leavesShm })
      const { code, stdout } = await finish(['import', path, '--inspect'], { BLOGGY_DATA: root })
      assert.equal(code, 0)
      const [, odd = ''] = stdout.split('What is odd:')
      assert.match(odd.replaceAll(/\s+/g, ' '), /-wal .*copy the -wal along|-wal file .* missing/i)
    }
    const { stdout } = await finish(['import', familyFile('F12'), '--inspect'], { BLOGGY_DATA: root })
    assert.doesNotMatch(stdout, /-wal/)
  })

  test('a rehearsal names the settings that tokens lack', async () => {
    const settings = await newPlace()
    const path = familyFile('F12')
    const none = await finish(['import', path, '--rehearse'], settings)
    assert.match(
      none.stdout,
      /2 tokens of OAuth accounts would be set aside, because OAUTH_TOKEN_KEY and OAUTH_TOKEN_ENCRYPTION_KEY are not set\. To bring them along, set them before the import\./,
    )
    const wrong = await finish(['import', path, '--rehearse'], { ...settings, ...keys })
    assert.match(wrong.stdout, /because OAUTH_TOKEN_ENCRYPTION_KEY is not the key that encrypted them/)
  })
})

describe('an import', { concurrency: false }, async () => {
  const settings = await newPlace()
  const path = familyFile('F12')

  test('says who may sign in, whose the blog is, and that both sides are equal, in commands that can be typed', async () => {
    const { code, stdout } = await finish(['import', path], settings)
    assert.equal(code, exitCodes.leftovers)
    assert.match(stdout, /^\d+ people of the old blog can sign in with their old password\. \d+ cannot: /m)
    assert.match(stdout, /the set-up link is void/)
    assert.match(
      stdout,
      /rows of the file were compared with what PostgreSQL holds: all \d+ columns are equal on both sides\./,
    )
    assert.doesNotMatch(stdout, /checksums|here twice/)
    assert.ok(stdout.includes(`  npm run bloggy -- import verify 1 ${path} compares again.\n`))
  })

  test('of a newer state says new or updated, and nothing to remove when it brought nothing', async () => {
    editFile(path, `update posts set title = 'Another title' where id = (select max(id) from posts)`)
    const { stdout } = await finish(['import', path], settings)
    assert.match(stdout, /brings up to date what import 1 brought/)
    assert.match(stdout, /table .* rows {2}new or updated {2}changed/)
    assert.match(stdout, /posts {2,}1 {2}updated/)
    const { stdout: list } = await finish(['import', 'list'], settings)
    assert.match(list, /^ {3}2 {2}complete {2,}\d{4}-\d\d-\d\d \d\d:\d\d UTC .*continues import 1\)$/m)
    assert.match(list, /^ {3}1 {2}complete, \d+ kept aside {2}\d{4}/m)
    const undone = await finish(['import', 'undo', '2'], settings)
    assert.equal(undone.stdout, 'Took back import 2: nothing had to be removed.\n')
  })

  test('taken back names the tables that lost rows, and no others', async () => {
    const { code, stdout } = await finish(['import', 'undo', '1'], settings)
    assert.equal(code, 0)
    assert.match(stdout, /^Took back import 1:\n {2}\w+: \d/)
    assert.doesNotMatch(stdout, /: 0$/m)
  })

  test('that brings the posts of another one a second time says so', async () => {
    const place = await newPlace()
    await finish(['import', familyFile('F12')], place)
    const { stdout } = await finish(['import', familyFile('F15')], place)
    assert.match(stdout, /\d+ of \d+ of its posts are here twice, with the same title and date/)
    const other = await finish(['import', familyFile('F12'), '--continues', '9'], place)
    assert.equal(other.code, exitCodes.refused)
  })

  test('of a file with an evil name prints it harmlessly', async () => {
    const evil = join(root, 'evil\u001b[2J\u202e.db')
    renameSync(familyFile('F12'), evil)
    const { stdout, stderr } = await finish(['import', evil], await newPlace())
    const { stderr: wrong } = await finish(['import', 'undo', '\u001b[2J'], settings)
    assert.match(wrong, /npm run bloggy -- import list/)
    for (const text of [stdout, stderr, wrong]) {
      assert.ok(text.length > 0 || text === stderr)
      // oxlint-disable-next-line no-control-regex -- that there is none is the point
      assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\u202e]/)
    }
  })
})

let files = 0
const newPath = () => join(root, `${++files}.db`)

function familyFile(family: Family): string {
  const path = newPath()
  buildFamily(path, family)
  return path
}

async function newPlace(kind: 'migrated' | 'empty' = 'migrated'): Promise<Record<string, string>> {
  const { target, drop } = await createDatabase(kind)
  drops.push(drop)
  return settingsOf({ target, folder: mkdtempSync(join(root, 'data-')) })
}
