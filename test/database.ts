// A database for a test file: `const context = await testDatabase()` at the top of the file is all it takes.
import { randomBytes } from 'node:crypto'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres, { type Sql } from 'postgres'
import { type ConnectionTarget, parseConnectionString } from '../src/db/connection-string.ts'
import { type Database, type Db, type Limits, connect, openDatabase } from '../src/db/pool.ts'
import { probe } from '../src/db/probe.ts'

export const testLimits: Limits = {
  poolSize: 10,
  connectTimeoutSeconds: 10,
  statementTimeoutSeconds: 30,
  lockTimeoutSeconds: 10,
  preparesStatements: true,
}

/** Where the test run tells its files which database to copy. */
export const templateVariable = 'BLOGGY_TEST_TEMPLATE'
/** The comment on every database that a test run made; without it none is dropped. */
export const mark = 'Made by a Bloggy test run, which drops it.'

export type TestDatabase = { target: ConnectionTarget; limits: Limits; database: Database; db: Db }

/** A migrated database of the file's own, open, and dropped after its last test. */
export async function testDatabase(limits: Limits = testLimits): Promise<TestDatabase> {
  const { target, drop } = await createDatabase()
  const database = openDatabase(target, limits)
  after(async () => {
    await database.close()
    await drop()
  })
  return { target, limits, database, db: database.db }
}

/** One database more: a copy of the migrated one, or an empty one. Not dropped before `drop` or the end of the run. */
export async function createDatabase(kind: 'migrated' | 'empty' = 'migrated') {
  const template = templateTarget()
  const target = { ...template, database: `${template.database}_${randomBytes(6).toString('hex')}` }
  const source = kind === 'migrated' ? `"${template.database}" strategy file_copy` : `template0 encoding 'UTF8'`
  await withMaintenance(template, async (admin) => {
    await whenFree(() => admin.unsafe(`create database "${target.database}" template ${source}`))
    await admin.unsafe(`comment on database "${target.database}" is '${mark}'`)
  })
  return { target, drop: () => withMaintenance(template, (admin) => dropDatabase(admin, target.database)) }
}

export async function dropDatabase(admin: Sql, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return void (await admin.unsafe(`drop database if exists "${name}" with (force)`))
    } catch (error) {
      // Autovacuum is at work there, which only a superuser may stop; it is done in a moment.
      if ((error as { code?: string }).code !== insufficientPrivilege || attempt === 50) throw error
      await sleep(200)
    }
  }
}

const insufficientPrivilege = '42501'

/** A connection to a database of the server that is always there and is nobody's template. */
export async function openMaintenance(target: ConnectionTarget): Promise<Sql> {
  const candidates = ['postgres', 'template1'].map((database) => ({ ...target, database }))
  const [first = target, second = target] = candidates
  const usable = await probe(first, testLimits).then(
    () => first,
    async (trouble: unknown) => {
      await probe(second, testLimits).catch(() => Promise.reject(trouble))
      return second
    },
  )
  return connect(usable, { ...testLimits, statementTimeoutSeconds: 120 }, 1)
}

async function withMaintenance<T>(target: ConnectionTarget, work: (admin: Sql) => Promise<T>): Promise<T> {
  const admin = await openMaintenance(target)
  try {
    return await work(admin)
  } finally {
    await admin.end({ timeout: 1 })
  }
}

// "source database is being accessed by other users": autovacuum or another copy may look into the template.
async function whenFree<T>(work: () => Promise<T>): Promise<T> {
  for (const begun = Date.now(); ; await sleep(20 + Math.random() * 60)) {
    try {
      return await work()
    } catch (error) {
      const isBusy = error instanceof postgres.PostgresError && error.code === '55006'
      if (!isBusy || Date.now() - begun > 30_000) throw error
    }
  }
}

function templateTarget(): ConnectionTarget {
  const text = process.env[templateVariable]
  if (!text)
    throw new Error(`${templateVariable} is not set. Start tests with \`npm test\` or \`npm test <part of a path>\`.`)
  return parseConnectionString(text)
}
