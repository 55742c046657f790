// A blog of which every statement is heard.
import type { Sql } from 'postgres'
import { after } from 'node:test'
import { connect, openDatabase } from '../src/db/pool.ts'
import { type TestApp, newBlog } from './app.ts'
import { assemble } from './cast.ts'
import { createDatabase, testLimits } from './database.ts'
import { statementRecorder } from './plans.ts'

type During = ReturnType<typeof statementRecorder>['during']

/** Keeps no pages, so that each is asked for; `sql` is a connection that is not heard. */
export async function recordedBlog(): Promise<TestApp & { sql: Sql; during: During }> {
  const { onStatement, during } = statementRecorder()
  const { target, drop } = await createDatabase()
  const limits = { ...testLimits, onStatement }
  const database = openDatabase(target, limits)
  const sql = connect(target, { ...testLimits, statementTimeoutSeconds: 120 }, 1)
  after(async () => {
    await Promise.all([database.close(), sql.end()])
    await drop()
  })
  const blog = await newBlog({ PAGE_CACHE_MB: '0' }, { target, limits, database, db: database.db })
  return { ...blog, cast: await assemble(blog.app, blog.db), sql, during }
}
