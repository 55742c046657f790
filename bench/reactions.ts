// npm run bench:reactions: what many who react to one post at once cost, and what their number costs on its page, with the
// counts kept as they are, in one row, and not at all.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sql } from 'postgres'
import { startEmbedded } from '../src/db/embedded/server.ts'
import { migrate } from '../src/db/migrate.ts'
import { connect } from '../src/db/pool.ts'
import { floorLimits } from './shape.ts'

const people = 100_000
const writers = 16
const each = 150
const limits = { ...floorLimits, poolSize: 30, statementTimeoutSeconds: 600 }

const folder = mkdtempSync(join(tmpdir(), 'bloggy-reactions-'))
// Durable, as a blog's: what is waited for is the disk.
const server = await startEmbedded(folder, { durable: true })
try {
  await migrate(server.target, limits)
  const sql = connect(server.target, limits, 1)
  const pool = connect(server.target, limits, writers)
  await sql`insert into users (name, slug, email) select 'P', 'p-' || n, 'p' || n || '@example.com' from generate_series(1, ${people + writers * each}::int) n`
  await sql`insert into posts (slug, title, body, body_html, published_at) select 'post-' || n, 'T', '', '', now() from generate_series(1, 4) n`

  console.log(`${writers} connections, ${each} reactions each, one post`)
  await report('counts in slots', pool, 1)
  await sql`create table one_row (post_id bigint, kind text, people integer, primary key (post_id, kind)) with (fillfactor = 50)`
  await sql.unsafe(`create function count_in_one_row() returns trigger language plpgsql as $$ begin
    insert into one_row as known values (new.post_id, new.kind, 1)
      on conflict (post_id, kind) do update set people = known.people + 1;
    return null; end $$;
    alter table reactions disable trigger reactions_counted;
    create trigger one_row after insert on reactions for each row execute function count_in_one_row()`)
  await report('counts in one row', pool, 2)
  await sql`drop trigger one_row on reactions`
  await report('no counts', pool, 3)
  await sql`alter table reactions enable trigger reactions_counted`

  await sql`insert into reactions (post_id, user_id, kind) select 4, n, (array['like', 'love', 'insight', 'thanks'])[1 + n % 4] from generate_series(1, ${people}::int) n`
  await sql`create index counted_idx on reactions (post_id, kind)`
  await sql`vacuum analyze`
  console.log(`the numbers of ${people.toLocaleString('en')} reactions`)
  await explain(sql, 'from slots', 'select kind, sum(people) from reaction_counts where post_id = 4 group by kind')
  await explain(sql, 'counted', 'select kind, count(*) from reactions where post_id = 4 group by kind')
  await sql.end()
  await pool.end()
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function report(name: string, pool: Sql, post: number): Promise<void> {
  const times: number[] = []
  const begun = performance.now()
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let count = 1; count <= each; count++) {
        const at = performance.now()
        await pool`insert into reactions (post_id, user_id, kind) values (${post}, ${writer * each + count}, 'like')`
        times.push(performance.now() - at)
      }
    }),
  )
  const seconds = (performance.now() - begun) / 1000
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1)
  console.log(
    `${name.padEnd(20)} ${Math.round(times.length / seconds)} a second, ${at(0.5)} ms in the middle, ${at(0.99)} ms at 99 of 100`,
  )
}

async function explain(sql: Sql, name: string, statement: string): Promise<void> {
  const lines = await sql.unsafe(`explain (analyze, buffers) ${statement}`)
  const text = lines.map((line) => String(line['QUERY PLAN'])).join('\n')
  const pages = [...(/Buffers: (.*)/.exec(text)?.[1] ?? '').matchAll(/=(\d+)/g)].reduce(
    (sum, [, n]) => sum + Number(n),
    0,
  )
  console.log(`${name.padEnd(20)} ${/Execution Time: ([\d.]+)/.exec(text)?.[1] ?? '?'} ms, ${pages} buffers`)
}
