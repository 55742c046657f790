import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../config.ts'
import { describeSchema, describeTypes } from '../db/describe.ts'
import { startEmbedded } from '../db/embedded/server.ts'
import { migrate } from '../db/migrate.ts'
import { limitsOf } from '../db/open.ts'
import { connect } from '../db/pool.ts'

/** Migrates a database made for the purpose, so that what is written depends on the migrations alone. */
export async function writeSchema(): Promise<void> {
  const limits = limitsOf(loadConfig())
  const folder = mkdtempSync(join(tmpdir(), 'bloggy-schema-'))
  const server = await startEmbedded(folder, { durable: false })
  try {
    await migrate(server.target, limits)
    const sql = connect(server.target, limits, 1)
    writeFileSync(new URL('../../db/schema.sql', import.meta.url), await describeSchema(sql))
    writeFileSync(new URL('../db/schema.ts', import.meta.url), await describeTypes(sql))
    await sql.end()
    console.log('Wrote db/schema.sql and src/db/schema.ts.')
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
