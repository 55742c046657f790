// Comments, saves and publications by connections that each send the next when the last is answered; and afterwards a look
// whether everything that was acknowledged is there once.
import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import type { Sql } from 'postgres'
import { connect } from '../src/db/pool.ts'
import { paths } from '../src/paths.ts'
import type { Options } from './options.ts'
import { floorLimits } from './shape.ts'
import { type Site, lazily } from './site.ts'
import { type Bar, type Task, inTurns } from './turns.ts'

type Account = { id: number; token: string }
type Sent = { path: string; account: Account; form: Record<string, string> }
/** The next thing that this connection sends. */
type Next = (connection: number) => Sent
type Way = {
  name: string
  connections: number
  bar?: Bar
  /** Called before each run. */
  begin: (sql: Sql, seconds: number) => Promise<{ bloggy: Next; floor: Next; after?: (sql: Sql) => Promise<void> }>
  found?: () => Record<string, number>
}

const connections = 64
/** Of texts of posts, twenty wait to be rendered at most; whoever comes then is asked to come again. */
const writers = 16
/** Under what one account may comment in five minutes. */
const commentsOfOne = 25
/** More than the machine takes. */
const mostCommentsASecond = 4000
/** One in so many is sent a second time at once, as by a finger that slipped. */
const repeatedEvery = 100
const sentence = 'It was a plain sentence of middling length, written so that a page has something to hold. '

export function writingTasks(site: Site, { rounds, seconds }: Options): Task[] {
  const sql = lazily(async () => {
    const sql = connect(await site.target(), { ...floorLimits, statementTimeoutSeconds: 300 }, 2)
    site.place.atEnd(() => sql.end())
    return sql
  })
  const ways = [comments(1, undefined), comments(1000, { of: 'bloggy', least: 1000 }), saves(), publications()]
  return ways.map((way): Task => {
    const about = { table: 'writes', name: `${way.name}, ${way.connections} connections` }
    return {
      ...about,
      seconds: rounds * seconds * 2 + 3,
      run: async (tools) => {
        const [blog, floor] = [await site.cached(), await site.floor()]
        const run = async (who: 'bloggy' | 'floor', length = seconds) => {
          const next = await way.begin(await sql(), length)
          const origin = who === 'bloggy' ? blog.origin : floor.origin
          const figure = await send(origin, next[who], length, way.connections)
          if (who === 'bloggy') await next.after?.(await sql())
          return figure
        }
        return await inTurns(
          tools,
          { ...about, unit: 'writes/s', ...(way.bar && { bar: way.bar }), more: () => way.found?.() ?? {} },
          {
            bloggy: async () => await run('bloggy'),
            floor: async () => await run('floor'),
            warmUp: async () => {
              await run('floor', 1)
              await run('bloggy', 1)
            },
          },
        )
      },
    }
  })
}

/** For a look into what a comment costs. */
export async function sendComments(site: Site, origin: string, seconds: number): Promise<number> {
  const sql = connect(await site.target(), floorLimits, 1)
  try {
    const { bloggy } = await comments(1000, undefined).begin(sql, seconds)
    return await send(origin, bloggy, seconds, connections)
  } finally {
    await sql.end()
  }
}

/** Acknowledged a second. Anything but a redirect ends the run. */
async function send(origin: string, next: Next, seconds: number, connections: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections + 8 })
  const begun = performance.now()
  const end = begun + seconds * 1000
  let done = 0
  try {
    await Promise.all(
      Array.from({ length: connections }, async (_, connection) => {
        while (performance.now() < end) {
          const sent = next(connection)
          const isTwice = sent.form.twice !== undefined
          await Promise.all([post(agent, origin, sent), ...(isTwice ? [post(agent, origin, sent)] : [])])
          done++
        }
      }),
    )
  } finally {
    agent.destroy()
  }
  return done / ((performance.now() - begun) / 1000)
}

function post(agent: Agent, origin: string, { path, account, form: { twice: _, ...form } }: Sent): Promise<void> {
  const body = new URLSearchParams(form).toString()
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(Buffer.byteLength(body)),
      cookie: `bloggy=${account.token}`,
    }
    const asking = request(origin + path, { method: 'POST', agent, headers, timeout: 30_000 }, (response) => {
      let answer = ''
      response.setEncoding('utf8').on('data', (chunk: string) => void (answer.length < 2000 && (answer += chunk)))
      response.once('error', reject)
      response.once('end', () => {
        if (response.statusCode === 303) resolve()
        else
          reject(
            new Error(
              `${path} answered ${response.statusCode} to a write: ${/<title>(.*?)</.exec(answer)?.[1] ?? answer.slice(0, 200)}`,
            ),
          )
      })
    })
    asking.once('timeout', () => asking.destroy(new Error(`${path} was not answered for 30 seconds.`)))
    asking.once('error', reject)
    asking.end(body)
  })
}

/** On so many posts in turn. Each account writes a few, so none meets its limit. */
function comments(posts: number, bar: Bar | undefined): Way {
  const totals = { acknowledged: 0, 'sent twice': 0, lost: 0, doubled: 0 }
  return {
    name: posts === 1 ? 'comments on one post' : 'comments',
    connections,
    ...(bar && { bar }),
    found: () => totals,
    begin: async (sql, seconds) => {
      const accounts = await newAccounts(sql, Math.ceil((seconds * mostCommentsASecond) / commentsOfOne), 'author')
      const targets = await sql<{ id: number; slug: string }[]>`
        select id, slug from posts where slug like 'post-%' order by id limit ${posts}`
      const sent: string[] = []
      let count = 0
      const one = (): { target: { id: number; slug: string }; account: Account; form: Record<string, string> } => {
        const n = count++
        const submission_key = randomUUID()
        const body = `${sentence.repeat(1 + (n % 3))}Comment ${submission_key}.`
        return {
          target: targets[n % targets.length]!,
          account: accounts[n % accounts.length]!,
          form: { body, submission_key },
        }
      }
      return {
        floor: () => {
          const { target, account, form } = one()
          return {
            path: '/comment',
            account,
            form: { ...form, post_id: String(target.id), author_id: String(account.id) },
          }
        },
        bloggy: () => {
          const { target, account, form } = one()
          sent.push(form.submission_key ?? '')
          const isTwice = sent.length % repeatedEvery === 0
          if (isTwice) totals['sent twice']++
          return { path: paths.postComments(target.slug), account, form: { ...form, ...(isTwice && { twice: 'yes' }) } }
        },
        after: async (sql) => {
          const [{ there = 0 } = {}] = await sql<{ there: number }[]>`
            select count(*)::int as there from comments
              where submission_key = any(${sent}::text[]::uuid[]) and body like '%Comment ' || submission_key || '.'`
          // By what was written, not by the key: that could not be there twice.
          const [{ doubled = 0 } = {}] = await sql<{ doubled: number }[]>`
            select count(*)::int as doubled from (
              select body from comments where body like '%Comment %' group by body having count(*) > 1) as twice`
          totals.acknowledged += sent.length
          totals.lost += sent.length - there
          totals.doubled = doubled
        },
      }
    },
  }
}

/** Of published posts, one for each connection: what readers see changes each time. */
function saves(): Way {
  const totals = { acknowledged: 0, lost: 0 }
  return {
    name: 'saves',
    connections: writers,
    found: () => totals,
    begin: async (sql) => {
      const accounts = await newAccounts(sql, writers, 'author')
      const posts = await sql<{ id: number; version: number }[]>`
        update posts set author_id = owners.id from (
            select posts.id as post_id, (${accounts.map(({ id }) => id)}::bigint[])[row_number() over (order by posts.id) - 100] as id
              from posts where slug like 'post-%' order by posts.id offset 100 limit ${writers}) as owners
          where posts.id = owners.post_id returning posts.id, posts.version::int as version`
      const owners = await sql<{ id: number; author_id: number }[]>`
        select id, author_id from posts where id = any(${posts.map(({ id }) => id)}::bigint[])`
      const accountOf = new Map(owners.map(({ id, author_id }) => [id, accounts.find((one) => one.id === author_id)!]))
      const saved = posts.map(() => 0)
      const next = (connection: number) => {
        const { id, version } = posts[connection]!
        const account = accountOf.get(id)!
        const count = saved[connection]!++
        const form = {
          title: `A post that is saved, number ${id}`,
          body: textOf(count),
          version: String(version + count),
        }
        return { id, account, form }
      }
      return {
        floor: (connection) => {
          const { id, account, form } = next(connection)
          return { path: '/save', account, form: { ...form, id: String(id), author_id: String(account.id) } }
        },
        bloggy: (connection) => {
          const { id, account, form } = next(connection)
          return { path: paths.admin.post(id), account, form }
        },
        after: async (sql) => {
          const now = await sql<{ id: number; version: number }[]>`
            select id, version::int as version from posts where id = any(${posts.map(({ id }) => id)}::bigint[])`
          const versions = new Map(now.map(({ id, version }) => [id, version]))
          for (const [index, { id, version }] of posts.entries()) {
            totals.acknowledged += saved[index]!
            totals.lost += version + saved[index]! - versions.get(id)!
          }
        },
      }
    },
  }
}

/** New posts that are out at once. */
function publications(): Way {
  const totals = { acknowledged: 0, lost: 0 }
  return {
    name: 'publications',
    connections: writers,
    found: () => totals,
    begin: async (sql) => {
      const accounts = await newAccounts(sql, writers, 'author')
      const sent: string[] = []
      const next = (connection: number) => {
        const submission_key = randomUUID()
        const form = { title: `Post ${submission_key}`, body: textOf(connection), submission_key }
        return { account: accounts[connection]!, form }
      }
      return {
        floor: (connection) => {
          const { account, form } = next(connection)
          return { path: '/publish', account, form: { ...form, author_id: String(account.id) } }
        },
        bloggy: (connection) => {
          const { account, form } = next(connection)
          sent.push(form.submission_key)
          return { path: paths.admin.posts(), account, form: { ...form, publish: 'yes' } }
        },
        after: async (sql) => {
          const [{ there = 0 } = {}] = await sql<{ there: number }[]>`
            select count(*)::int as there from posts
              where submission_key = any(${sent}::text[]::uuid[]) and published_at <= now()`
          totals.acknowledged += sent.length
          totals.lost += sent.length - there
        },
      }
    },
  }
}

async function newAccounts(sql: Sql, count: number, role: string): Promise<Account[]> {
  const run = randomUUID()
  const rows = await sql<{ id: number; slug: string }[]>`
    insert into users (name, slug, email, email_confirmed_at)
      select 'Writer ' || n, ${run} || '-' || n, ${run} || '-' || n || '@example.com', now()
        from generate_series(1, ${count}::int) n returning id, slug`
  const ids = rows.map(({ id }) => id)
  await sql`
    insert into user_roles (user_id, role_id)
      select users.id, roles.id from users, roles where users.id = any(${ids}::bigint[]) and roles.name = ${role}`
  await sql`
    insert into sessions (token_hash, user_id, expires_at)
      select sha256(convert_to(slug, 'UTF8')), id, now() + interval '1 day' from users where id = any(${ids}::bigint[])`
  return rows.map(({ id, slug }) => ({ id, token: slug }))
}

function textOf(count: number): string {
  return `Version ${count}.\n\n${`${sentence.repeat(4)}\n\n`.repeat(12)}`
}
