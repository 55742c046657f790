import { commandLine } from '../command-line.ts'
import { loadConfig } from '../config.ts'
import { migrate, readSchemaState } from '../db/migrate.ts'
import { limitsOf, withDatabase, withServer } from '../db/open.ts'
import { probe } from '../db/probe.ts'
import { answer, exitCodes } from './answer.ts'

export async function migrationsUp({ json }: { json?: boolean }): Promise<void> {
  const config = loadConfig()
  await withServer(config, async (target) => {
    await probe(target, limitsOf(config))
    const applied = await migrate(target, limitsOf(config), (name, ms) => {
      if (!json) console.log(`Applied ${name} in ${Math.round(ms)} ms`)
    })
    answer(
      json,
      { applied },
      applied.length > 0 ? 'The database is up to date.' : 'The database was up to date already.',
    )
  })
}

/** Exit code 1 when the database is not what this program knows, so that scripts can ask. */
export async function migrationsStatus({ json }: { json?: boolean }): Promise<void> {
  const config = loadConfig()
  await withDatabase(config, async ({ reader }) => {
    const state = await readSchemaState(reader)
    const isCurrent = state.pending.length + state.unknown.length + state.changed.length === 0
    if (!isCurrent) process.exitCode = exitCodes.failed
    if (json) return console.log(JSON.stringify({ is_current: isCurrent, ...state }, null, 2))
    for (const { name, applied_at } of state.applied) {
      const mark = state.unknown.includes(name) ? 'unknown' : state.changed.includes(name) ? 'edited ' : 'applied'
      console.log(`${mark}  ${name}  ${applied_at.toISOString()}`)
    }
    for (const name of state.pending) console.log(`missing  ${name}`)
    if (state.unknown.length > 0) console.log('\nThe database is newer than this Bloggy.')
    if (state.changed.length > 0) console.log('\nA migration was edited after it ran.')
    if (state.pending.length > 0) console.log(`\nRun \`${commandLine('migrations up')}\`.`)
  })
}
