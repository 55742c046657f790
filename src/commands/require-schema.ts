import type { Sql } from 'postgres'
import { commandLine } from '../command-line.ts'
import { readSchemaState, requireCurrent } from '../db/migrate.ts'
import { StartError } from '../errors.ts'

/** For commands that work on a blog: throws a StartError when there is none yet, or when it is of another version. */
export async function requireSchema(reader: Sql): Promise<void> {
  const state = await readSchemaState(reader)
  if (state.applied.length === 0) {
    throw new StartError(
      `The database is empty. Run \`${commandLine('start')}\` or \`${commandLine('migrations up')}\` first.`,
    )
  }
  requireCurrent(state)
}
