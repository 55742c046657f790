// What is removed every night.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../test/app.ts'
import { publishPost } from '../test/pages.ts'
import { paths } from './paths.ts'

const { db, cast, deliverMail, logged } = await testApp()
const { ben, rosa, dev } = cast
const many = 2100

/** More than two goes take of each kind, all past their time. */
async function leaveStale() {
  const post = await publishPost(ben)
  await rosa.post(paths.postComments(post.slug), { body: 'Told long ago.' })
  await deliverMail()
  for (const table of ['comment_tellings', 'unsubscribe_tokens'] as const) await db.deleteFrom(table).execute()
  const numbers = sql`generate_series(1, ${sql.lit(many)}) as number`
  const hash = sql`sha256(number::text::bytea)`
  for (const rows of [
    sql`sessions (token_hash, user_id, expires_at) select ${hash}, ${rosa.id}, now() - interval '1 day' from ${numbers}`,
    sql`mail_tokens (token_hash, user_id, purpose, expires_at)
      select ${hash}, ${rosa.id}, 'reset-password', now() - interval '1 day' from ${numbers}`,
    sql`attempts (key, count, window_ends_at) select 'old ' || number, 1, now() - interval '1 day' from ${numbers}`,
    sql`embeds (address) select 'https://gone.example/' || number from ${numbers}`,
    sql`comment_changes (post_id, comment_id, at) select ${post.id}, number, now() - interval '3 days' from ${numbers}`,
    sql`unsubscribe_tokens (token_hash, user_id, post_id, created_at)
      select ${hash}, ${rosa.id}, ${post.id}, now() - interval '1 year' from ${numbers}`,
    sql`comment_tellings (user_id, comment_id, told_at, mailed_at)
      select users.id, comments.id, now() - interval '1 year', case users.id % 2 when 1 then now() - interval '1 year' end
        from users, comments`,
    sql`series (title, slug) select 'Gone ' || number, 'gone-' || number from ${numbers}`,
  ])
    await sql`insert into ${rows}`.execute(db)
}

/** How many rows of each kind are left that are past their time. */
async function stale() {
  const { rows } = await sql<Record<string, number>>`select
    (select count(*) from sessions where expires_at < now()) as sessions,
    (select count(*) from mail_tokens) as mail_tokens,
    (select count(*) from attempts where key like 'old %') as attempts,
    (select count(*) from embeds) as embeds,
    (select count(*) from comment_changes where at < now() - interval '2 days') as comment_changes,
    (select count(*) from unsubscribe_tokens) as unsubscribe_tokens,
    (select count(*) from comment_tellings) as comment_tellings,
    (select count(*) from series) as series`.execute(db)
  return Object.fromEntries(Object.entries(rows[0] ?? {}).map(([name, count]) => [name, Number(count)]))
}

const none = {
  sessions: 0,
  mail_tokens: 0,
  attempts: 0,
  embeds: 0,
  comment_changes: 0,
  unsubscribe_tokens: 0,
  comment_tellings: 0,
  series: 0,
}

describe('what is past its time', () => {
  test('is removed in small goes, also where one kind of it cannot be; that one is tried again', async () => {
    await leaveStale()
    await sql`
      create function refuse() returns trigger language plpgsql as $$ begin
        if (select count(*) from gone) > 1000 then raise 'So many at once.'; end if;
        return null;
      end $$`.execute(db)
    for (const table of Object.keys(none))
      await sql`
        create trigger refuse after delete on ${sql.table(table)} referencing old table as gone
          for each statement execute function refuse()`.execute(db)
    await sql`create function fail() returns trigger language plpgsql as $$ begin raise 'Not today.'; end $$`.execute(
      db,
    )
    await sql`create trigger fail before delete on sessions for each statement execute function fail()`.execute(db)
    await sql`select graphile_worker.add_job('remove-stale')`.execute(db)

    await deliverMail()
    assert.deepEqual(await stale(), { ...none, sessions: many })
    assert.match(logged(), /"step":"ended sessions","reason":"Not today\."/)
    assert.doesNotMatch(logged(), /So many at once/)
    assert.match((await removal())?.last_error ?? '', /Not done: ended sessions\./)

    await sql`drop trigger fail on sessions`.execute(db)
    await sql`update graphile_worker._private_jobs set run_at = now()`.execute(db)
    await deliverMail()
    assert.deepEqual(await stale(), none)
    assert.equal(await removal(), undefined)
    assert.equal((await rosa.get(paths.profile())).statusCode, 200)
    assert.equal((await dev.get(paths.home())).statusCode, 200)
  })
})

async function removal() {
  const { rows } = await sql<{ last_error: string | null }>`
    select last_error from graphile_worker.jobs where task_identifier = 'remove-stale'`.execute(db)
  return rows[0]
}
