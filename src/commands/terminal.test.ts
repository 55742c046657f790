// What is printed fits a terminal of 80 columns.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { createDatabase, testLimits } from '../../test/database.ts'
import { settingsOf } from '../../test/kills.ts'
import { finish } from '../../test/bloggy.ts'
import { connect } from '../db/pool.ts'

const options = existsSync('/usr/bin/script') ? {} : { skip: 'There is no /usr/bin/script, which makes a terminal.' }
const folder = mkdtempSync(join(tmpdir(), 'bloggy-terminal-'))
const { target, drop } = await createDatabase('migrated')
const settings: Record<string, string> = settingsOf({ target, folder })
after(async () => {
  await drop()
  rmSync(folder, { recursive: true, force: true })
})

describe('in a terminal', options, () => {
  const shown = (words: string) => {
    const command = `stty cols 80; exec '${process.execPath}' --import ./src/html/hook.mjs src/cli.ts ${words}`
    const { stdout } = spawnSync('/usr/bin/script', ['-qec', command, '/dev/null'], {
      env: { PATH: process.env.PATH, HOME: folder, TERM: 'dumb', ...settings },
      encoding: 'utf8',
    })
    // A path or an address is not broken.
    const lines = stripVTControlCharacters(stdout).replaceAll('\r', '').trimEnd().split('\n')
    return { lines, tooWide: lines.filter((line) => line.length > 80 && !/\S{60,}/.test(line)) }
  }

  test('findings are wrapped without empty lines between', async () => {
    const { lines, tooWide } = shown('doctor --only settings schema backups durability references')
    assert.ok(lines.length > 6, lines.join('\n'))
    assert.deepEqual(tooWide, [])
    assert.deepEqual(
      lines.slice(0, -2).filter((line) => line.trim() === ''),
      [],
    )
    assert.match(
      lines.join(' ').replaceAll(/\s+/g, ' '),
      /Tables, rules, indexes, functions and triggers are those of db\/schema\.sql\./,
    )
  })

  test('a list of jobs says in a line each why they failed, and a number that is none is refused', async () => {
    const words = ['setup', '--title', 'Rye', '--name', 'Ada', '--email', 'ada@example.com', '--password-file', '-']
    assert.equal((await finish(words, settings, 'a short sentence is good\n')).code, 0)
    const sql = connect(target, testLimits, 1)
    await sql.unsafe(
      `select graphile_worker.add_job('send-invitation', '{}', max_attempts := 1);
       update graphile_worker._private_jobs set attempts = max_attempts,
         last_error = 'The mail server at mail.example says that there is no such mailbox, and that nobody of that name was ever here'`,
    )
    await sql.end()
    const { lines, tooWide } = shown('job list')
    assert.deepEqual(tooWide, [])
    assert.match(lines.join('\n'), /send-invitation +failed +The mail server at mail\.example says/)
    const { code, stderr } = await finish(['job', 'retry', 'abc'], settings)
    assert.equal(code, 2)
    assert.match(stderr, /<id>: "abc" is not a number/)
  })
})
