// The real `bloggy import`, killed at moments of chance until it has had enough, then left alone until it is through.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BulkConnection } from '../src/db/copy.ts'
import { type ConnectionTarget, formatConnectionString } from '../src/db/connection-string.ts'
import type { ImportReport } from '../src/import/report.ts'
import { bloggy } from './bloggy.ts'
import type { Chance } from './legacy/random-values.ts'

export type Kill = { afterMs: number; phase: string; rows: number }
export type Place = { target: ConnectionTarget; folder: string }

export const settingsOf = ({ target, folder }: Place) => ({
  DATABASE_URL: formatConnectionString(target),
  BLOGGY_DATA: folder,
})

/** The report, the moments, and how often posts were seen before the import was done. */
export async function importWithKills(
  place: Place,
  db: BulkConnection,
  path: string,
  { kills, longestMs, chance }: { kills: number; longestMs: number; chance: Chance },
): Promise<{ report: ImportReport; killed: Kill[]; seenEarly: number }> {
  const killed: Kill[] = []
  const watch = watchPosts(db)
  for (;;) {
    const run = bloggy(['import', path, '--json'], settingsOf(place))
    const afterMs = Math.round(chance.next() * longestMs)
    const isLast = killed.length >= kills
    const early = isLast ? await run.ended : await Promise.race([run.ended, sleep(afterMs, 'runs' as const)])
    if (early === 'runs') run.kill('SIGKILL')
    // It may have come to its end just before the signal did.
    const end = await run.ended
    if (end !== 'SIGKILL') {
      assert.ok(end === 0 || end === 2, run.stderr())
      return { report: JSON.parse(run.stdout()) as ImportReport, killed, seenEarly: await watch.stop() }
    }
    killed.push({ afterMs, ...(await watch.stateNow()) })
  }
}

/** Looks from outside, again and again, whether a post is there though no import is complete. */
function watchPosts(db: BulkConnection) {
  let isOver = false
  let seenEarly = 0
  let turn = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work)
    turn = result.then(
      () => {},
      () => {},
    )
    return result
  }
  const look = () =>
    db.one<{ early: boolean }>(
      `select (exists (select from posts) or exists (select from comments) or (select count(*) from users) > 0)
        and not exists (select from imports where state = 'complete') as early`,
    )
  const watching = (async () => {
    for (; !isOver; await sleep(25)) if ((await inTurn(look)).early) seenEarly++
  })()
  return {
    stateNow: () =>
      inTurn(async () => {
        const [found] = await db.query<{ phase: string | null; rows: number | null }>(
          `select progress->>'phase' as phase,
            (select sum((value->>'read')::int) from jsonb_each(progress->'tables'))::int as rows
            from imports order by id desc limit 1`,
        )
        return { phase: found ? (found.phase ?? 'beginning') : 'before', rows: found?.rows ?? 0 }
      }),
    stop: async () => {
      isOver = true
      await watching
      return seenEarly
    },
  }
}

/** What the blog and the books hold, as sums that do not depend on how the rows came. */
export async function sumsOf(db: BulkConnection): Promise<Record<string, string>> {
  const queries: Record<string, string> = {
    ...Object.fromEntries(content.map((table) => [table, `select t::text as line from ${table} as t`])),
    audit_events: `select t::text as line from audit_events as t where action = 'legacy.event'`,
    import_leftovers: `select (to_jsonb(t) - 'id' - 'import_id')::text as line from import_leftovers as t`,
    import_rows: `select (to_jsonb(t) - 'chain_id' - 'import_id')::text as line from import_rows as t`,
    import_blocks: `select source_table || ' ' || encode(substring(keys from n * 8 + 1 for 8), 'hex')
        || encode(substring(checksums from n * 8 + 1 for 8), 'hex') as line
      from import_blocks, generate_series(0, length(keys) / 8 - 1) as n`,
    schemas: `select nspname as line from pg_namespace where nspname like 'import%'`,
  }
  const sums: Record<string, string> = {}
  for (const [name, query] of Object.entries(queries)) {
    const { sum } = await db.one<{ sum: string }>(
      `select count(*) || ' ' || coalesce(md5(string_agg(md5(line), '' order by md5(line))), '') as sum from (${query}) as lines`,
    )
    sums[name] = sum
  }
  return sums
}

const content = [
  'users',
  'posts',
  'comments',
  'groups',
  'group_memberships',
  'roles',
  'permissions',
  'role_permissions',
  'user_roles',
  'oauth_accounts',
  'oauth_tokens',
  'tags',
  'post_tags',
]
