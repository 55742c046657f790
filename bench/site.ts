// The blog of 1,000 posts that most figures are of, with what is started beside it when a figure first asks for it.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { serialize } from 'node:v8'
import { countPosts } from '../src/archive/queries.ts'
import { type ConnectionTarget, formatConnectionString } from '../src/db/connection-string.ts'
import { startEmbedded } from '../src/db/embedded/server.ts'
import { migrate } from '../src/db/migrate.ts'
import { type Db, connect, openDatabase } from '../src/db/pool.ts'
import { digest } from '../src/digests/digest.ts'
import { paths } from '../src/paths.ts'
import { rebuild } from '../src/search-index/rebuild.ts'
import type { BareAnswers } from './bare.ts'
import { busySlug, fillBlog } from './blog.ts'
import type { FloorPages } from './floor.ts'
import { type Answer, type Place, ask, startBloggy, startFloor } from './servers.ts'
import { floorLimits } from './shape.ts'
import { recordStatements } from './statements.ts'

export const pages = {
  'front page': paths.home(),
  'post page': paths.post(busySlug),
  'tag page': paths.tag('tag-7'),
  feed: paths.feed('', 'rss.xml'),
  search: paths.search({ q: 'middling' }),
} as const
export type PageName = keyof typeof pages

export type Form = keyof typeof forms
/** What is asked for of a page that is kept, and with which header. */
export const forms = {
  identity: {},
  gzip: { 'accept-encoding': 'gzip' },
  br: { 'accept-encoding': 'gzip, deflate, br' },
  'not modified': {},
} as const

export type Site = ReturnType<typeof openSite>

export function openSite(place: Place) {
  const target = lazily(async () => {
    const server = await startEmbedded(join(place.folder, 'postgres'))
    place.atEnd(() => server.stop())
    await prepareBlog(server.target, async (sql) => await fillBlog(sql))
    return server.target
  })
  const cached = lazily(async () => await startBloggy(place, await target()))
  const uncached = lazily(async () => await startBloggy(place, await target(), { PAGE_CACHE_MB: '0' }))
  const floor = lazily(async () => {
    const file = join(place.folder, 'floor')
    const steps = await recordStatements(await target(), place.folder, Object.values(pages))
    const { origin } = await uncached()
    const found: FloorPages = []
    for (const [url, ofPage] of steps) {
      const { body, headers, status } = await ask(origin + url)
      if (status !== 200) throw new Error(`${url} answered ${status}.`)
      found.push([url, { bytes: body.length, type: headers['content-type'] ?? '', steps: ofPage }])
    }
    writeFileSync(file, serialize(found))
    return await startFloor(place, 'floor.ts', [formatConnectionString(await target()), file])
  })
  const bare = lazily(async () => {
    const { origin } = await cached()
    const answers: BareAnswers = []
    for (const name of Object.keys(pages) as PageName[]) {
      for (const form of name === 'search' ? [] : (Object.keys(forms) as Form[])) {
        const answer = await warmAnswer(origin, pages[name], form)
        const { body, headers, status } = answer
        const headOf = (isWanted: (name: string) => boolean) =>
          Object.entries(headers).flatMap(([name, value]) => (value && isWanted(name) ? [name, String(value)] : []))
        const whole = headOf((name) => !ofNode.includes(name))
        answers.push([bareUrl(name, form), { status, head: whole, body }])
        const few = headOf((name) => needed.includes(name))
        if (form === 'identity') answers.push([bareUrl(name, form, 'body alone'), { status, head: few, body }])
      }
    }
    const file = join(place.folder, 'bare')
    writeFileSync(file, serialize(answers))
    return await startFloor(place, 'bare.ts', [file])
  })
  return { place, target, cached, uncached, floor, bare }
}

/** What node:http says of itself. */
const ofNode = ['date', 'connection', 'keep-alive', 'transfer-encoding']
const needed = ['content-type', 'content-length']

/** Where the bare server has the same answer, head and all, or its body with the two headers that it needs. */
export function bareUrl(name: PageName, form: Form, what: 'whole' | 'body alone' = 'whole'): string {
  return `/${what.replace(' ', '-')}/${form.replace(' ', '-')}${pages[name]}`
}

/** The headers that bring this form of a page; a tag that is known is asked for first. */
export async function headersFor(origin: string, path: string, form: Form): Promise<Record<string, string>> {
  if (form !== 'not modified') return forms[form]
  const { headers } = await ask(origin + path)
  return { 'if-none-match': headers.etag ?? '' }
}

/** The answer once it comes from memory in the form that was asked for: Brotli is made when it is asked for again. */
async function warmAnswer(origin: string, path: string, form: Form): Promise<Answer> {
  const wanted = form === 'gzip' || form === 'br' ? form : undefined
  for (let tries = 0; tries < 500; tries++) {
    // Jobs that the filling left behind may still change the page, and with it its tag.
    const answer = await ask(origin + path, await headersFor(origin, path, form))
    const isIt =
      answer.headers['content-encoding'] === wanted && answer.status === (form === 'not modified' ? 304 : 200)
    if (isIt && tries > 1) return answer
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`${path} did not come as ${form}.`)
}

/** An empty database becomes a blog in which no job has anything left to do. */
export async function prepareBlog(target: ConnectionTarget, fill: (sql: ReturnType<typeof connect>) => Promise<void>) {
  const limits = { ...floorLimits, statementTimeoutSeconds: 3600 }
  await migrate(target, limits)
  const sql = connect(target, limits, 1)
  await fill(sql)
  const { db, close } = openDatabase(target, limits)
  await countPosts(db)
  await rebuild(db, 'en', () => {})
  await digestAll(db, sql)
  await close()
  await sql`vacuum analyze`
  await sql`checkpoint`.catch(() => {})
  await sql.end()
}

async function digestAll(db: Db, sql: ReturnType<typeof connect>): Promise<void> {
  const rows = await sql<{ id: number }[]>`
    select posts.id from posts left join post_digests on post_digests.post_id = posts.id
      where post_digests.post_id is null and published_at is not null`
  for (const { id } of rows) await digest(db, id)
}

export function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}
