// The proof: the file is read and converted once more, PostgreSQL is read back, and both are compared row by row and
// summed column by column, each from what is stored on its side.
import { ColumnSum } from '../../checksum.ts'
import { type Converted, pending } from '../reading/convert.ts'
import { checksumOf } from '../reading/encode.ts'
import type { CheckChunk, IdMap, RowsChunk } from '../messages.ts'
import { type Column, type SourceTable, type TablePlan, plan } from '../plan.ts'
import { type Run, mapOf, tableInfo } from '../run.ts'
import { type TargetReading, prepareReading } from './target-fields.ts'
import { type DecidedRow, readDecided, readStreamed } from './target-rows.ts'
import { clearToken } from './tokens.ts'

export type Difference = {
  table: SourceTable
  /** The id in the file. */
  key: number
  what: 'not brought' | 'gone here' | 'changed here' | 'changed in the file' | 'not in the file' | Derived
  /** True where the import is to blame, or the disk; false where people were at work since. */
  isFault: boolean
}

/** Only looked for when an import is over: see derived.ts. */
type Derived = 'another page' | 'no address' | 'another name' | 'leftover gone'

export type TableProof = {
  table: SourceTable
  rows: number
  /** Rows that are the same on both sides or named as a difference; the others did not come along or were here before. */
  compared: number
  columns: { name: string; file: string; here: string }[]
  isEqual: boolean
}

export type Proof = { tables: TableProof[]; differences: Difference[]; differencesMore: number }

export const mostNamed = 1000

/** `isStaged` says which tables still lie in the staging schema. */
export async function verify(run: Run, isStaged: (table: SourceTable) => boolean): Promise<Proof> {
  const proof: Proof = { tables: [], differences: [], differencesMore: 0 }
  for (const table of plan) {
    if (!tableInfo(run, table.source)) continue
    const comparison = new Comparison(run, await prepareReading(run, table), proof)
    proof.tables.push(await comparison.run(isStaged(table.source)))
  }
  return proof
}

class Comparison {
  readonly #run: Run
  readonly #table: TablePlan
  readonly #reading: TargetReading
  readonly #proof: Proof
  readonly #fileSums: ColumnSum[]
  readonly #hereSums: ColumnSum[]
  #compared = 0
  #read = 0
  #isEqual = true

  constructor(run: Run, reading: TargetReading, proof: Proof) {
    this.#run = run
    this.#reading = reading
    this.#table = reading.table
    this.#proof = proof
    this.#fileSums = reading.columns.map(() => new ColumnSum())
    this.#hereSums = reading.columns.map(() => new ColumnSum())
  }

  async run(isStaged: boolean): Promise<TableProof> {
    const { source, way } = this.#table
    const info = tableInfo(this.#run, source)!
    const forward = new Map<SourceTable, IdMap>()
    for (const { to } of this.#table.columns) if (to && !forward.has(to)) forward.set(to, await mapOf(this.#run, to))
    let from = Number.MIN_SAFE_INTEGER
    for await (const chunk of this.#run.reader.read({ table: info.name, after: null, purpose: 'check' })) {
      const to = Number(chunk.lastKey)
      if (way === 'stream') await this.#streamed(chunk as CheckChunk, isStaged, from, to)
      else await this.#decided(chunk as RowsChunk, forward, from, to)
      from = to + 1
      this.#read += chunk.read
      this.#run.onStep({ phase: 'verifying', label: source, done: this.#read, total: info.rows })
    }
    await this.#beyond(isStaged, from)
    if (this.#read !== info.rows) this.#isEqual = false
    return {
      table: source,
      rows: info.rows,
      compared: this.#compared,
      columns: this.#reading.columns.map((column, index) => ({
        name: column.source,
        file: this.#fileSums[index]!.toString(),
        here: this.#hereSums[index]!.toString(),
      })),
      isEqual: this.#isEqual,
    }
  }

  async #streamed({ keys, checksums, aside, sums }: CheckChunk, isStaged: boolean, from: number, to: number) {
    const here = await readStreamed(this.#reading, isStaged, from, to, this.#hereSums)
    for (const [index, sum] of this.#fileSums.entries()) sum.add(sums.subarray(index * 4, index * 4 + 4))
    let at = 0
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index]!
      while (at < here.keys.length && here.keys[at]! < key)
        this.#extra(here.keys[at]!, here.targets[at++]!, here.ours[at - 1] === 1)
      const isKnown = at < here.keys.length && here.keys[at] === key
      if (!isKnown) {
        this.#note(key, 'not brought', true)
        continue
      }
      const [target, recorded, found, isOurs] = [
        here.targets[at]!,
        here.checksums[at]!,
        here.found[at]!,
        here.ours[at] === 1,
      ]
      at++
      // What was set aside is counted, and there is nothing here to compare it with.
      if (target === 0) continue
      if (aside[index]) {
        this.#note(key, 'changed in the file', isOurs)
        continue
      }
      this.#compared++
      if (found === checksums[index]) continue
      if (Number.isNaN(found)) this.#note(key, 'gone here', isOurs)
      else this.#note(key, recorded === checksums[index] ? 'changed here' : 'changed in the file', isOurs)
    }
    while (at < here.keys.length) this.#extra(here.keys[at]!, here.targets[at]!, here.ours[at++] === 1)
  }

  async #decided({ rows }: RowsChunk, forward: Map<SourceTable, IdMap>, from: number, to: number) {
    const here = new Map<number, DecidedRow>()
    await readDecided(this.#reading, from, to, (row) => here.set(row.key, row), this.#hereSums)
    for (const { key, reason, values, checksum } of rows) {
      // These have no number that JavaScript can hold; the count of rows covers them.
      if (reason === 'id-out-of-range') continue
      const row = here.get(key)
      here.delete(key)
      if (!row) this.#note(key, 'not brought', true)
      if (!row || row.fate === 'set aside' || row.fate === 'already there') continue
      const isOurs = row.importId === this.#run.importId
      if (reason) {
        this.#note(key, 'changed in the file', isOurs)
        continue
      }
      const wanted: Converted[] = []
      for (const column of this.#reading.columns) {
        const value = values[this.#table.columns.indexOf(column)] ?? null
        wanted.push(await this.#expected(column, value, row, forward, values))
      }
      this.#compared++
      if (checksumOf(this.#reading.columns, wanted, key, this.#fileSums) === row.checksum) continue
      if (row.checksum === undefined) this.#note(key, 'gone here', isOurs)
      else this.#note(key, row.recorded === checksum ? 'changed here' : 'changed in the file', isOurs)
    }
    for (const { key, fate, importId } of here.values()) {
      this.#extra(key, fate === 'copied' || fate === 'changed' ? 1 : 0, importId === this.#run.importId)
    }
  }

  /** What has to be stored for this value, by the rules that need to know what is here. */
  async #expected(
    column: Column,
    value: Converted,
    { key, changes }: DecidedRow,
    forward: Map<SourceTable, IdMap>,
    values: Converted[],
  ): Promise<Converted> {
    if (value === null) return null
    if (column.to) {
      // Two rows of the file may be one here, such as the roles Admin and admin.
      const here = forward.get(column.to)?.get(value as number) ?? (value as number)
      return this.#reading.inverse.get(column.to)?.get(here) ?? here
    }
    if (column.as === 'email' && changes.includes('email-taken')) return null
    if (column.as === 'token') return clearToken(String(value), values[0] as number, this.#run.keys) ?? '(unreadable)'
    if (value !== pending) return value
    const [user] = await this.#run.db.query<{ password_hash: string | null }>(
      `select password_hash from users where id =
        (select target_id from import_rows where chain_id = $1 and source_table = 'users' and source_key = $2)`,
      [this.#run.chainId, key],
    )
    const isRight = user?.password_hash && (await this.#run.reader.matches(key, user.password_hash))
    return isRight ? pending : '(another password)'
  }

  /** Rows beyond the last one of the file. */
  async #beyond(isStaged: boolean, from: number): Promise<void> {
    const to = Number.MAX_SAFE_INTEGER
    if (this.#table.way === 'rows') {
      await readDecided(this.#reading, from, to, ({ key, fate, importId }) => {
        this.#extra(key, fate === 'copied' || fate === 'changed' ? 1 : 0, importId === this.#run.importId)
      })
      return
    }
    const { keys, targets, ours } = await readStreamed(this.#reading, isStaged, from, to)
    for (const [index, key] of keys.entries()) this.#extra(key, targets[index]!, ours[index] === 1)
  }

  /** Deleted in the file since an earlier import, or not of this file at all. */
  #extra(key: number, target: number, isOurs: boolean): void {
    if (target !== 0) this.#note(key, 'not in the file', isOurs)
  }

  /** Later, people may have edited and deleted; while it settles, what the import wrote has to be there to the last bit. */
  #note(key: number, what: Difference['what'], isOurs: boolean): void {
    this.#isEqual = false
    const { differences } = this.#proof
    const isFault = isOurs && !this.#run.isLater
    if (differences.length < mostNamed) differences.push({ table: this.#table.source, key, what, isFault })
    else if (isFault) differences[0] = { table: this.#table.source, key, what, isFault }
    else this.#proof.differencesMore++
  }
}
