// Is this file a newer state of one that came before? A catch-up changes what an import brought, so one row that looks
// the same is not enough: anybody can copy a public post. At least half of the users that both know must be the same
// to the password hash, and half of the posts and comments.
import { commandLine } from '../../../command-line.ts'
import { StartError } from '../../../errors.ts'
import type { CheckChunk, RowsChunk } from '../messages.ts'
import { largestKeptId } from '../plan.ts'
import { findPriorRange } from './prior.ts'
import { type Run, tableInfo } from '../run.ts'

/**
 * The first import of the same blog, or null. Looks at the first rows of three tables; `wanted` is an import that
 * somebody says this file continues.
 */
export async function findChain(run: Run, wanted?: number): Promise<number | null> {
  const chains = await run.db.query<{ id: number }>(
    `select distinct coalesce(continues_id, id) as id from imports where state in ('complete', 'undone') order by 1 desc`,
  )
  if (wanted !== undefined) {
    const [named] = await run.db.query<{ id: number }>(
      `select coalesce(continues_id, id) as id from imports where id = $1 and state = 'complete'`,
      [wanted],
    )
    if (!named)
      throw new StartError(
        `There is no complete import ${wanted} to continue. \`${commandLine('import list')}\` shows them.`,
      )
    return named.id
  }
  if (chains.length === 0) return null
  // A file that holds none of these rows is known again when nothing in it has changed.
  const [same] = await run.db.query<{ id: number }>(
    `select coalesce(earlier.continues_id, earlier.id) as id from imports as earlier join imports as mine using (fingerprint)
      where mine.id = $1 and earlier.id <> mine.id and earlier.state = 'complete' order by earlier.id desc limit 1`,
    [run.importId],
  )
  if (same) return same.id
  const shares = new Map(chains.map(({ id }) => [id, { people: newShare(), content: newShare() }]))
  for (const source of ['users', 'posts', 'comments'] as const) {
    const rows = await firstRows(run, source)
    if (rows.size === 0) continue
    const keys = [...rows.keys()]
    for (const [id, { people, content }] of shares) {
      const known = { chainId: id, importId: run.importId }
      const prior = await findPriorRange(run.db, known, source, keys[0]!, keys.at(-1)!)
      const share = source === 'users' ? people : content
      for (const [index, key] of prior.keys.entries()) {
        if (!rows.has(key)) continue
        share.common++
        if (prior.checksums[index] === rows.get(key)) share.same++
      }
    }
  }
  const found = [...shares].find(
    ([, { people, content }]) => people.common + content.common > 0 && isHalf(people) && isHalf(content),
  )
  return found?.[0] ?? null
}

type Share = { common: number; same: number }

const newShare = (): Share => ({ common: 0, same: 0 })
const isHalf = ({ common, same }: Share) => same * 2 >= common

async function firstRows(run: Run, source: 'users' | 'posts' | 'comments'): Promise<Map<number, number>> {
  const rows = new Map<number, number>()
  const info = tableInfo(run, source)
  if (!info || info.rows === 0) return rows
  for await (const chunk of run.reader.read({ table: info.name, after: null, purpose: 'check' })) {
    if (chunk.kind === 'rows') for (const { key, checksum } of (chunk as RowsChunk).rows) rows.set(key, checksum)
    else {
      const { keys, checksums } = chunk as CheckChunk
      for (const [index, key] of keys.entries()) rows.set(key, checksums[index]!)
    }
    break
  }
  return rows
}

/** The counters of a file never go back, so one that ends before what was brought is an older copy. */
export async function refuseOlder({ db, reader, chainId, importId }: Run): Promise<void> {
  if (chainId === importId) return
  for (const { source, counter, highestId } of reader.tables) {
    if (source === null || counter === 0) continue
    const { last } = await db.one<{ last: number | null }>(
      `select greatest((select max(source_key) from import_rows where chain_id = $1 and source_table = $2 and source_key <= $3),
        (select max(last_key) from import_blocks where chain_id = $1 and source_table = $2)) as last`,
      [chainId, source, largestKeptId],
    )
    if (last === null || last <= Math.max(counter, highestId)) continue
    throw new StartError(
      `This file is older than what was imported from the same blog: its ${source} end at ${Math.max(counter, highestId)}, and ${last} is here already. ` +
        `To go back to its state all the same, add --continues ${chainId}.`,
    )
  }
}
