// What pages in memory really take. In a process of its own.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as ask } from 'node:http'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { webSettings } from '../../test/browser.ts'
import { publishPost } from '../../test/pages.ts'
import { sweepAll } from '../db/sweep.ts'
import { listen } from '../http/listen.ts'

const mostMb = 6
const web = await webSettings()
const { app, cast, db } = await testApp({ ...web, PAGE_CACHE_MB: String(mostMb) })
after((await listen(app, '127.0.0.1', Number(web.PORT))).stop)

test('large pages take no more memory than they may, in all their forms together', async () => {
  // Random, or the compressed forms would be nothing.
  const body = Array.from({ length: 40_000 }, () => Math.random().toString(36).slice(2, 10)).join(' ')
  const { path } = await publishPost(cast.ben, { title: 'Large', body })
  const empty = async () => {
    await sql`update settings set description = description || 'x'`.execute(db)
    await sleep(500)
    return held()
  }
  await fill(path, 1)
  const before = await empty()
  await fill(path, 2)
  const full = held()
  const [more, mostly] = [megabytes(full - before), megabytes(full - (await empty()))]
  assert.ok(more < mostMb + 1 && mostly < mostMb + 1, `They take ${more.toFixed(1)} or ${mostly.toFixed(1)} MB.`)
  assert.ok(more > mostMb / 2 && mostly > mostMb / 2, `Only ${more.toFixed(1)} and ${mostly.toFixed(1)} MB.`)
})

/** Under so many addresses that they would be four times as much. */
async function fill(path: string, round: number): Promise<void> {
  for (let number = 0; number < 24; number++)
    for (const accepted of ['identity', 'gzip', 'gzip', 'br', 'br', 'br'])
      await get(`${path}?comment=${round * 1000 + number}`, accepted)
  await sleep(500)
}

async function get(path: string, accepted: string): Promise<void> {
  const headers = { 'accept-encoding': accepted }
  const sent = ask({ host: '127.0.0.1', port: Number(web.PORT), path, headers, agent: false }).end()
  const [response] = await once(sent, 'response')
  assert.equal(response.statusCode, 200)
  for await (const _ of response);
}

function held(): number {
  for (let times = 0; times < 3; times++) sweepAll()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function megabytes(bytes: number): number {
  return bytes / 1024 / 1024
}
