// The proof once more, some time after: against the file, and with a word on who changed what.
import { commandLine } from '../../../command-line.ts'
import type { BulkConnection } from '../../../db/copy.ts'
import { StartError } from '../../../errors.ts'
import { type KeptAside, countLeftovers, findDerivedFaults } from './derived.ts'
import { findPriorRange } from './prior.ts'
import { Reader } from '../reading/reader.ts'
import { type Keys, type Step, newRun } from '../run.ts'
import { type Difference, type Proof, verify } from './verify.ts'

export type LaterProof = Proof & {
  /** Differences without a trace of somebody having worked here: damage, or a change past the program. */
  unexplained: Difference[]
  /** What the import kept aside, by table and reason. */
  leftovers: KeptAside[]
}

/** Throws a StartError when there is no such import, or it is not there any more. */
export async function verifyLater(
  db: BulkConnection,
  importId: number,
  path: string,
  { keys, onStep }: { keys: Keys; onStep: (step: Step) => void },
): Promise<LaterProof> {
  const [found] = await db.query<{ state: string; chain_id: number }>(
    'select state, coalesce(continues_id, id) as chain_id from imports where id = $1',
    [importId],
  )
  if (!found) throw new StartError(`There is no import ${importId}. \`${commandLine('import list')}\` shows them.`)
  if (found.state !== 'complete') {
    const why = found.state === 'undone' ? 'was taken back' : 'never became part of the blog'
    throw new StartError(`Import ${importId} ${why}, so there is nothing to compare.`)
  }
  const { chain_id: chainId } = found
  const reader = await Reader.open({ path, chainId, importId })
  try {
    const run = newRun({ db, importId, chainId, reader, keys, onStep })
    reader.findPrior = (table, from, to) => findPriorRange(db, run, table, from, to)
    const proof = await verify(run, () => false)
    const differences = [...proof.differences, ...(await findDerivedFaults(db, run))]
    const leftovers = await countLeftovers(db, run)
    return { ...proof, differences, leftovers, unexplained: await unexplained(db, chainId, differences) }
  } finally {
    await reader.close()
  }
}

const traces: Partial<Record<Difference['table'], string>> = {
  posts: 'version > 1 or updated_at > created_at',
  comments: 'version > 1 or edited_at is not null',
  users: `exists (select from audit_events where action <> 'legacy.event'
    and (actor_id = here.id or subject_type = 'user' and subject_id = here.id))`,
}

async function unexplained(db: BulkConnection, chainId: number, differences: Difference[]): Promise<Difference[]> {
  const result: Difference[] = []
  for (const difference of differences) {
    if (difference.what === 'changed in the file' || difference.what === 'not in the file') continue
    const { table, key } = difference
    const trace = traces[table]
    if (difference.what === 'changed here' && trace) {
      const { is_traced } = await db.one<{ is_traced: boolean }>(
        `select exists (select from ${table} as here where (${trace}) and id = coalesce(
          (select target_id from import_rows where chain_id = $1 and source_table = $2 and source_key = $3), $3)) as is_traced`,
        [chainId, table, key],
      )
      if (is_traced) continue
    }
    // Whoever deletes something here leaves a line in the audit log.
    if (difference.what === 'gone here') continue
    result.push(difference)
  }
  return result
}
