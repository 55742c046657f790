// A database beside the blog's own, for a while.
import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { StartError } from '../errors.ts'
import type { ConnectionTarget } from './connection-string.ts'
import { type Limits, connect } from './pool.ts'

/** The comment on each; without it none is dropped. */
const mark = 'A drill of Bloggy, which drops it.'

/** Made by `maker`, who may be another role than the one that works in it. What a killed drill left goes first. */
export async function withScratchDatabase<T>(
  target: ConnectionTarget,
  maker: ConnectionTarget,
  limits: Limits,
  work: (scratch: ConnectionTarget) => Promise<T>,
): Promise<T> {
  const name = `${target.database}_drill_${randomBytes(6).toString('hex')}`
  const sql = connect(maker, { ...limits, statementTimeoutSeconds: 300 }, 1, { fetch_types: false })
  try {
    const left = await sql<{ name: string }[]>`
      select datname as name from pg_database
      where shobj_description(oid, 'pg_database') = ${mark} and starts_with(datname, ${`${target.database}_drill_`})
        and not exists (select from pg_stat_activity where pg_stat_activity.datname = pg_database.datname)`
    for (const database of left) await sql.unsafe(`drop database if exists "${database.name}"`)
    await sql.unsafe(
      `create database "${name}" owner "${target.user}" template template0 encoding 'UTF8' locale 'C.UTF-8'`,
    )
    try {
      await sql.unsafe(`comment on database "${name}" is '${mark}'`)
      return await work({ ...target, database: name })
    } finally {
      await sql.unsafe(`drop database if exists "${name}" with (force)`)
    }
  } catch (error) {
    if (error instanceof postgres.PostgresError && error.code === '42501')
      throw new StartError(
        `A drill makes a database and drops it, which ${maker.user} may not: alter role ${maker.user} createdb`,
      )
    throw error
  } finally {
    await sql.end({ timeout: 1 })
  }
}
