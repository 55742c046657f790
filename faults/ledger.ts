// What was acknowledged, and whether the database has all of it once, and nothing in parts.
import { randomUUID } from 'node:crypto'
import type { Sql } from 'postgres'

export type Write = {
  kind: 'comment' | 'post'
  /** The Idempotency-Key, which the text that is kept ends with. */
  key: string
  writer: number
  /** The number that was answered. */
  id?: number
  tries: number
  wasReplayed?: boolean
  /** Milliseconds of performance.now(), before anything of it was sent, and when the answer was there. */
  sentAt: number
  acknowledgedAt?: number
}

export type Ledger = {
  open: (kind: Write['kind'], writer: number) => Write
  writes: () => readonly Write[]
}

export function newLedger(): Ledger {
  const writes: Write[] = []
  return {
    open: (kind, writer) => {
      const write = { kind, key: randomUUID(), writer, tries: 0, sentAt: performance.now() }
      writes.push(write)
      return write
    },
    writes: () => writes,
  }
}

export type Verdict = {
  acknowledged: number
  lost: number
  doubled: number
  /** Written and never acknowledged: neither is wrong, as nobody was told. */
  unknown: number
  /** What is there in parts, in words. */
  halves: string[]
}

type Kept = { id: number; key: string; events: number; rest: number }

/** All by what was written, not by the key: that could not be there twice. */
export async function compare(sql: Sql, ledger: Ledger): Promise<Verdict> {
  const comments = await sql<Kept[]>`
    select id, substring(body from '[0-9a-f-]{36}$') as key,
        (select count(*)::int from audit_events
          where subject_type = 'comment' and subject_id = comments.id and action = 'comment.created') as events,
        (body_html <> '')::int as rest
      from comments where body like 'Under load, %'`
  const posts = await sql<Kept[]>`
    select id, substring(title from '[0-9a-f-]{36}$') as key,
        (select count(*)::int from audit_events
          where subject_type = 'post' and subject_id = posts.id and action in ('post.published', 'post.drafted')) as events,
        (select count(*)::int from post_revisions where post_id = posts.id) as rest
      from posts where title like 'Under load, %'`
  const answers = await sql<{ key: string; id: number | null }[]>`
    select key, (answer::jsonb -> 'body' ->> 'id')::int as id from idempotency_keys where status <> 0`
  const [{ unanswered = 0 } = {}] = await sql<{ unanswered: number }[]>`
    select count(*)::int as unanswered from idempotency_keys where status = 0`
  const [{ orphans = 0 } = {}] = await sql<{ orphans: number }[]>`
    select count(*)::int as orphans from audit_events where
      (action = 'comment.created' and not exists (select from comments where id = subject_id))
      or (action in ('post.published', 'post.drafted') and not exists (select from posts where id = subject_id))`

  const found = { comment: groupOf(comments), post: groupOf(posts) }
  const answered = new Map(answers.map(({ key, id }) => [key, id]))
  const verdict: Verdict = { acknowledged: 0, lost: 0, doubled: 0, unknown: 0, halves: [] }
  for (const write of ledger.writes()) {
    const rows = found[write.kind].get(write.key) ?? []
    if (rows.length > 1) verdict.doubled++
    if (write.id === undefined) {
      if (rows.length > 0) verdict.unknown++
    } else {
      verdict.acknowledged++
      if (!rows.some(({ id }) => id === write.id)) verdict.lost++
    }
    for (const { id, events, rest } of rows) {
      const lacks = [
        ...(events === 1 ? [] : [`${events} lines in the audit log`]),
        ...(rest > 0 ? [] : ['the rest of it']),
        ...(answered.get(write.key) === id ? [] : ['its kept answer']),
      ]
      if (lacks.length > 0) verdict.halves.push(`${write.kind} ${id}: ${lacks.join(', ')}`)
    }
  }
  if (unanswered > 0) verdict.halves.push(`${unanswered} keys without an answer`)
  if (orphans > 0) verdict.halves.push(`${orphans} lines in the audit log about nothing`)
  return verdict
}

/** Keys of what is there, acknowledged or not. */
export async function keysIn(sql: Sql): Promise<Set<string>> {
  const rows = await sql<{ key: string }[]>`
    select substring(body from '[0-9a-f-]{36}$') as key from comments where body like 'Under load, %'
    union select substring(title from '[0-9a-f-]{36}$') from posts where title like 'Under load, %'
    union select key from idempotency_keys`
  return new Set(rows.map(({ key }) => key))
}

function groupOf(rows: readonly Kept[]): Map<string, Kept[]> {
  return Map.groupBy(rows, ({ key }) => key)
}
