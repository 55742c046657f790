// `bloggy search rebuild`: makes anew what readers search, while they go on searching.
import { loadConfig } from '../config.ts'
import { limitsOf, withServer } from '../db/open.ts'
import { type Db, openDatabase } from '../db/pool.ts'
import { probe } from '../db/probe.ts'
import { rebuild } from '../search-index/rebuild.ts'
import { loadSettings } from '../settings/queries.ts'
import { answer } from './answer.ts'
import { requireSchema } from './require-schema.ts'

export async function rebuildSearch({ json = false }: { json?: boolean }): Promise<void> {
  const config = loadConfig()
  await withServer(config, async (target) => {
    await probe(target, limitsOf(config))
    const limits = { ...limitsOf(config), poolSize: 10, statementTimeoutSeconds: 3600, lockTimeoutSeconds: 30 }
    const { db, reader, close } = openDatabase(target, limits)
    try {
      await requireSchema(reader)
      await work(db, json)
    } finally {
      await close()
    }
  })
}

async function work(db: Db, json: boolean): Promise<void> {
  const { language } = await loadSettings(db)
  const begun = performance.now()
  let said = 0
  const { posts } = await rebuild(db, language, (done, total) => {
    if (json || performance.now() - said < 2000) return
    said = performance.now()
    const rate = Math.round(done / ((said - begun) / 1000))
    console.error(`${count(done)} of about ${count(total)} posts, ${count(rate)} a second`)
  })
  const seconds = (performance.now() - begun) / 1000
  answer(
    json,
    { posts, seconds: Number(seconds.toFixed(3)) },
    `The search knows ${count(posts)} ${posts === 1 ? 'post' : 'posts'}: ${seconds.toFixed(1)} seconds, ${count(Math.round(posts / seconds))} a second.`,
  )
}

const count = (number: number) => number.toLocaleString('en')
