// What an upgrade would do: the migrations that did not run here, what each locks, and how large that is.
import type { Sql } from 'postgres'
import { readTableSizes } from '../db/condition.ts'
import { jobsName } from '../db/jobs-schema.ts'
import { type SchemaState, isInTransaction, listMigrations, readSchemaState } from '../db/migrate.ts'
import { type Lock, locksOf } from '../db/statements.ts'

export type Step = {
  name: string
  is_in_transaction: boolean
  /** Whether the program from before goes on meanwhile and afterwards. */
  expands: boolean
  locks: (Lock & { about_rows: number | null; bytes: number | null })[]
}
export type Plan = { state: SchemaState; steps: Step[]; is_empty: boolean }

export async function planUpgrade(sql: Sql): Promise<Plan> {
  const state = await readSchemaState(sql)
  const sizes = await readTableSizes(sql)
  const pending = new Set(state.pending)
  const steps = listMigrations()
    .filter(({ name }) => pending.has(name))
    .map(({ name, text, expands }): Step => {
      const locks = locksOf(text).flatMap((lock): Step['locks'] => {
        if (lock.table === null) return [{ ...lock, about_rows: null, bytes: null }]
        const size = sizes.get(lock.table)
        // What an earlier step makes is not there yet, and nobody's.
        return size ? [{ ...lock, ...size }] : []
      })
      return { name, is_in_transaction: isInTransaction(text), expands, locks }
    })
  if (pending.has(jobsName)) steps.push({ name: jobsName, is_in_transaction: true, expands: false, locks: [] })
  return { state, steps, is_empty: state.applied.length === 0 }
}

/** Whether whoever runs the program from before has to stop it first. */
export const needsStop = ({ steps, is_empty }: Plan): boolean => !is_empty && steps.some(({ expands }) => !expands)
