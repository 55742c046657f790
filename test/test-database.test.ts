import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type ConnectionTarget, parseConnectionString as parse } from '../src/db/connection-string.ts'
import { connect } from '../src/db/pool.ts'
import { StartError } from '../src/errors.ts'
import { mark, testLimits } from './database.ts'
import { startTcpServer } from './tcp-server.ts'
import { refuseSameDatabase, takeTestDatabase } from './test-database.ts'

describe('a test run refuses', () => {
  const blog = 'postgres://ada:hunter2@db.example/blog_test'

  test('a database whose name does not end in _test', () => {
    for (const name of ['bloggy', 'test', 'blog_test2', 'blog_TEST']) {
      const url = parse(`postgres://ada:hunter2@db.example/${name}`)
      assert.throws(
        () => refuseSameDatabase(url, undefined),
        (error) => isPlain(error, new RegExp(`"${name}".*must end in _test`)),
      )
    }
  })

  test('the database of the blog, however its host is written', () => {
    const same: [string, string][] = [
      [blog, blog],
      ['postgres://ben@DB.example:5432/blog_test', blog],
      ['postgres://ada@127.0.0.1/blog_test', 'postgres://ada@localhost/blog_test'],
      ['postgres://ada@[::1]/blog_test', 'postgres://ada@localhost/blog_test'],
      ['postgres://ada@other.example,db.example/blog_test', blog],
      ['postgres://ada@/blog_test?host=/tmp', 'postgres://ada@/blog_test?host=/tmp'],
    ]
    for (const [url, other] of same) {
      assert.throws(
        () => refuseSameDatabase(parse(url), parse(other)),
        (error) => isPlain(error, /are the same database/),
        url,
      )
    }
  })

  test('nothing else', () => {
    refuseSameDatabase(parse(blog), undefined)
    refuseSameDatabase(parse(blog), parse('postgres://ada@db.example/blog'))
    refuseSameDatabase(parse(blog), parse('postgres://ada@db.example:6000/blog_test'))
    refuseSameDatabase(parse(blog), parse('postgres://ada@other.example/blog_test'))
  })
})

describe('the database of a test run', () => {
  let server: Awaited<ReturnType<typeof startTcpServer>>
  let target: ConnectionTarget
  before(async () => {
    server = await startTcpServer()
    target = server.target({ database: 'blog_test' })
    await server.superuser`alter role ada createdb`
  })
  after(() => server.stop())

  test('is made with a mark and dropped with its copies', async () => {
    const taken = await takeTestDatabase(target)
    assert.deepEqual(await databases(), ['blog_test'])
    await server.superuser.unsafe(`create database blog_test_0123456789ab owner ada`)
    await server.superuser.unsafe(`comment on database blog_test_0123456789ab is '${mark}'`)
    await taken.drop()
    assert.deepEqual(await databases(), [])
  })

  test('is made anew where a killed run left one, together with its copies', async () => {
    for (const name of ['blog_test', 'blog_test_0123456789ab', 'blogatest_0123456789ab']) {
      await server.superuser.unsafe(`create database ${name} owner ada`)
      await server.superuser.unsafe(`comment on database ${name} is '${mark}'`)
    }
    await write('create table rubbish (id int)')
    const taken = await takeTestDatabase(target)
    assert.deepEqual(await databases(), ['blog_test', 'blogatest_0123456789ab'])
    assert.equal(await countTables(), 0)
    await taken.drop()
    await server.superuser.unsafe('drop database blogatest_0123456789ab')
  })

  test('may be an empty one that somebody made for it', async () => {
    await server.superuser.unsafe('create database blog_test owner ada')
    const taken = await takeTestDatabase(target)
    await taken.drop()
    assert.deepEqual(await databases(), [])
  })

  test('is never one with tables that no test run made, in any schema', async () => {
    await server.superuser.unsafe('create database blog_test owner ada')
    await server.superuser.unsafe('create database blog_test_0123456789ab owner ada')
    await write('create schema archive; create table archive.posts as select 1 as id')
    await refuses(target, /"blog_test" holds tables that no test run made .*TEST_DATABASE_URL/)
    assert.equal(await countTables(), 1)
    assert.deepEqual(await databases(), ['blog_test', 'blog_test_0123456789ab'])
    for (const name of await databases()) await server.superuser.unsafe(`drop database ${name}`)
  })

  test('belongs to one run at a time', async () => {
    const first = await takeTestDatabase(target)
    await refuses(target, /Another test run is using .*database blog_test/)
    const other = await takeTestDatabase({ ...target, database: 'blog2_test' })
    await other.drop()
    await first.drop()
    const second = await takeTestDatabase(target)
    await second.drop()
  })

  test('needs a role that may make databases, and an address that is right', async () => {
    await refuses(server.target({ user: 'trusted' }), /which trusted may not: alter role trusted createdb/)
    await refuses({ ...target, password: 'hunter3' }, /refused the user or the password/)
  })

  async function databases(): Promise<string[]> {
    const rows = await server.superuser<{ name: string }[]>`
      select datname as name from pg_database where datname like '%test%' order by 1`
    return rows.map(({ name }) => name)
  }

  async function write(text: string): Promise<void> {
    const sql = connect(target, testLimits, 1)
    await sql.unsafe(text)
    await sql.end()
  }

  async function countTables(): Promise<number> {
    const sql = connect(target, testLimits, 1)
    const rows = await sql`select from pg_tables where schemaname in ('public', 'archive')`
    await sql.end()
    return rows.length
  }
})

async function refuses(target: ConnectionTarget, message: RegExp): Promise<void> {
  const taken = await takeTestDatabase(target).catch((error: unknown) => error)
  assert.ok(isPlain(taken, message))
}

function isPlain(error: unknown, message: RegExp): true {
  assert.ok(error instanceof StartError, `not a StartError: ${error}`)
  assert.match(error.message, message)
  assert.doesNotMatch(error.message, /hunter/)
  return true
}
