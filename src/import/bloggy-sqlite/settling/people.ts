// Users, one decision each: who comes along, who was here before, who has to do without an address.
import { RowWriter } from '../../../db/copy-format.ts'
import { slugOf } from '../../../slug.ts'
import { cleanName, nameFrom } from '../../../users/user.ts'
import { type Decision, aside, change, decisionOf, writeDecisions } from './book.ts'
import { type ConvertedRow, type RowsChunk, count } from '../messages.ts'
import type { Moment } from '../reading/moment.ts'
import { isUsableId } from '../plan.ts'
import { findPrior } from './prior.ts'
import { type Run, progressOf, saveTable, schemaOf, takenIds, tableInfo } from '../run.ts'

type User = {
  id: number
  email: string | null
  password_hash: string | null
  first_name: string | null
  last_name: string | null
  state: string
  created_at: Moment
  updated_at: Moment
  name: string
  slug: string
  email_confirmed_at: Moment | null
}

type Text = string | null
type UserValues = [email: Text, hash: Text, first: Text, last: Text, state: string, created: Moment, updated: Moment]

/** Decides on every user and keeps those who come along in the staging schema. */
export async function stageUsers(run: Run): Promise<void> {
  const info = tableInfo(run, 'users')
  if (!info) return
  const progress = progressOf(run, 'users')
  if (progress.isDone) return
  const { starts, ends } = await takenIds(run, 'users')
  const isTaken = (id: number) => starts.some((start, index) => id >= start && id <= ends[index]!)
  const idFor = (key: number) => (isUsableId(key) && !isTaken(key) ? key : progress.firstFree + progress.newIds++)

  const chunks = run.reader.read({ table: info.name, after: progress.lastKey, purpose: 'copy' })
  for await (const chunk of chunks) {
    const { rows, lastKey, read } = chunk as RowsChunk
    await run.db.transaction(async () => {
      await stageBatch(run, rows, idFor)
      progress.lastKey = lastKey
      progress.read += read
      await saveTable(run, 'users')
    })
    run.onStep({ phase: 'reading', label: 'users', done: progress.read, total: progress.rows })
  }
  await run.db.transaction(async () => {
    progress.isDone = true
    await saveTable(run, 'users')
  })
}

async function stageBatch(run: Run, rows: ConvertedRow[], idFor: (key: number) => number): Promise<void> {
  const prior = await findPrior(
    run,
    'users',
    rows.map(({ keyText }) => keyText),
  )
  const accounts = await findAccounts(
    run,
    rows.flatMap(({ values }) => (values[0] as string | null) ?? []),
  )
  const decisions: Decision[] = []
  const users: User[] = []
  const inBatch = new Set<string>()
  const progress = progressOf(run, 'users')

  // Of two accounts with one address the one that may sign in keeps it.
  const isOpen = ({ values }: ConvertedRow) => values[4] === 'active'
  for (const row of rows.toSorted((a, b) => Number(isOpen(b)) - Number(isOpen(a)))) {
    const known = prior.get(row.keyText)
    if (known?.checksum === row.checksum) {
      count(progress.counts.fates, 'already there')
      continue
    }
    const decision = decisionOf(row)
    decisions.push(decision)
    if (row.reason) {
      aside(decision, row.reason)
      continue
    }
    let email = row.values[0] as string | null
    const account = email === null ? undefined : accounts.get(email)
    // Whoever has proved the address here is the same person; anybody can register one without proving it.
    if (!known && account?.isProven && !account.isClaimed) {
      account.isClaimed = true
      decision.fate = 'already there'
      decision.target = account.id
      decision.changes = []
      decision.original = null
      continue
    }
    const isTaken = email !== null && ((account && account.id !== known?.target) || inBatch.has(email))
    if (isTaken && known) {
      // Whoever can sign in here with an address does not lose it to a file.
      aside(decision, 'changed-here')
      continue
    }
    if (isTaken && email !== null) {
      change(decision, 'email-taken', 'email', email)
      email = null
    }
    if (email !== null) inBatch.add(email)
    const id = known?.target ?? idFor(row.key)
    if (id !== row.key && !known) change(decision, 'new-id', 'id', row.key)
    decision.target = id
    users.push(userOf(row, id, email, decision))
  }
  await giveSlugs(run, users)
  await insertStaged(run, users)
  await writeDecisions(run, 'users', decisions, new Set(prior.keys()))
}

function userOf({ key, values }: ConvertedRow, id: number, email: string | null, decision: Decision): User {
  const [address, password_hash, first, last, state, created, updated] = values as UserValues
  let name = nameFrom(first, last)
  if (name === '') {
    name = cleanName(address?.split('@')[0] ?? '') || `User ${key}`
    change(decision, 'name-missing', 'first_name', first)
  }
  return {
    id,
    email,
    password_hash,
    first_name: first,
    last_name: last,
    state,
    created_at: created,
    updated_at: updated,
    name,
    slug: slugOf(name, 'person'),
    // The old blog let them in without proof of the address, and so they are let in here.
    email_confirmed_at: state === 'active' && email !== null ? created : null,
  }
}

/**
 * Accounts with these addresses: in the blog, and among the users of the file who came before. One that is claimed is
 * an earlier row of the file already.
 */
async function findAccounts(run: Run, emails: string[]) {
  const rows = await run.db.query<{ id: number; email: string; is_proven: boolean; is_claimed: boolean }>(
    `select id, lower(email) as email, email_confirmed_at is not null as is_proven,
        exists (select from import_rows
          where chain_id = $2 and source_table = 'users' and target_id = users.id) as is_claimed
        from users where lower(email) = any($1)
      union all
      select id, lower(email), false, true from ${schemaOf(run)}.staged_users where lower(email) = any($1)`,
    [emails, run.chainId],
  )
  return new Map(
    rows.map(({ id, email, is_proven, is_claimed }) => [email, { id, isProven: is_proven, isClaimed: is_claimed }]),
  )
}

async function giveSlugs(run: Run, users: User[]): Promise<void> {
  const wanted = users.flatMap(({ slug, id }) => [slug, `${slug}-${id}`])
  const rows = await run.db.query<{ slug: string }>(
    `select slug from users where slug = any($1) union all select slug from ${schemaOf(run)}.staged_users where slug = any($1)`,
    [wanted],
  )
  const taken = new Set(rows.map(({ slug }) => slug))
  for (const user of users) {
    const candidates = [user.slug, `${user.slug}-${user.id}`]
    user.slug =
      candidates.find((slug) => !taken.has(slug)) ?? `${user.slug}-${user.id}-${Math.random().toString(36).slice(2, 8)}`
    taken.add(user.slug)
  }
}

async function insertStaged(run: Run, users: User[]): Promise<void> {
  const writer = new RowWriter(1 << 16)
  for (const user of users) {
    writer.startRow(userColumns.length)
    for (const column of userColumns) {
      const value = user[column]
      if (value === null) writer.null()
      else if (typeof value === 'string') writer.text(value)
      else writer.int64(value)
    }
  }
  if (users.length > 0)
    await run.db.copyIn(`${schemaOf(run)}.staged_users (${userColumns.join(', ')})`, [writer.take()])
}

/** What a user is given by an import. */
export const userColumns = [
  'id',
  'email',
  'password_hash',
  'first_name',
  'last_name',
  'state',
  'created_at',
  'updated_at',
  'name',
  'slug',
  'email_confirmed_at',
] as const
