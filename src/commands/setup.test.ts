import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { dataFolder, finish, owner, signIn, start } from '../../test/bloggy.ts'
import { freePort } from '../../test/tcp-server.ts'

const data = dataFolder()
const port = await freePort()
const origin = `http://localhost:${port}`
const settings = { BLOGGY_DATA: data, PORT: String(port) }
const words = [
  'setup',
  '--title',
  'Rye & Rails',
  '--description',
  'Bread and trains.',
  '--name',
  'Ada',
  '--email',
  owner.email,
]

describe('bloggy setup beside a running blog', async () => {
  const run = await start(settings)

  test('says what is missing where nobody can be asked, and sets nothing up', async () => {
    const mistakes: [string[], string, RegExp][] = [
      [
        ['setup', '--title', 'Rye & Rails'],
        '',
        /^\nGive --name, or run `npm run bloggy -- setup` in a terminal\.\n\n$/,
      ],
      [words, '', /^\nGive --password-file, or/],
      [[...words, '--password-file', '-'], 'short\n', /^\nThe password needs at least \d+ characters\.\n\n$/],
      [[...words, '--password-file', `${data}/none`], '', /^\nThe password file .+ cannot be read \(ENOENT\)\./],
      [[...words.slice(0, -1), 'no address'], '', /^\n--email: Please give an address/],
    ]
    for (const [given, input, answer] of mistakes) {
      const { code, stdout, stderr } = await finish(given, settings, input)
      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, answer)
    }
  })

  test('prints a link to the set-up page', async () => {
    const { code, stdout } = await finish(['setup', '--link'], settings)
    assert.equal(code, 0)
    assert.match(stdout, new RegExp(`^${origin}/setup/[\\w-]{43}\\n$`))
    assert.equal((await fetch(stdout.trim())).status, 200)
  })

  test('sets the blog up, which shows it at once', async () => {
    const link = (await finish(['setup', '--link'], settings)).stdout.trim()
    const file = `${data}/password`
    writeFileSync(file, `${owner.password}\r\n`, { mode: 0o600 })
    const done = await finish([...words, '--password-file', file], settings)
    assert.equal(done.code, 0, done.stderr)
    assert.equal(done.stdout, `\nRye & Rails is open: ${origin}\nSign in as ${owner.email}: ${origin}/sign-in\n\n`)
    assert.equal((await fetch(link)).status, 404)
    assert.match(await (await fetch(origin)).text(), /<h1>Rye &amp; Rails<\/h1>/)
    await signIn(origin)
  })

  test('is refused when the blog has its owner, with every option', async () => {
    for (const more of [['--password-file', '-'], ['--link']]) {
      const { code, stdout, stderr } = await finish([...words, ...more], settings, `${owner.password}\n`)
      assert.equal(code, 5)
      assert.equal(stdout, '')
      assert.match(stderr, /^\nThis blog is set up already\. .+\n\n$/)
    }
    const { code, stderr } = await finish(['setup', '--link', '--json'], settings)
    const { code: name, detail } = JSON.parse(stderr) as { code: string; detail: string }
    assert.deepEqual([code, name], [5, 'conflict'])
    assert.match(detail, /set up already/)
    run.kill('SIGTERM')
    assert.equal(await run.ended, 0)
  })
})
