// Bloggy is killed: at any moment, and at the two that matter most.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { paths } from '../../src/paths.ts'
import { onTwoInstances } from '../fault.ts'
import { isGood } from '../seen.ts'
import { bearerOf, posts } from '../seed.ts'

export const killedAtRandom = onTwoInstances(
  {
    number: 1,
    name: 'bloggy-killed',
    what: 'kill -9 of one instance under load, 100 times',
    expected: 'the other is unaffected; a retry with the same key gives the first result; nothing lost or doubled',
    seconds: 240,
  },
  { cutsLines: true },
  async ({ instances, startLoad, must, figure, say }, { isShort }) => {
    const rounds = isShort ? 4 : 100
    const load = startLoad()
    await sleep(1500)
    const back: number[] = []
    const down: { instance: number; from: number; to: number }[] = []
    for (let round = 0; round < rounds; round++) {
      say(`${round} of ${rounds}`)
      const index = round % instances.length
      const instance = instances[index]
      await sleep(200 + Math.random() * 400)
      const from = load.now()
      const starts = instance?.starts() ?? 0
      instance?.kill('SIGKILL')
      while (instance?.starts() === starts) await sleep(5)
      await instance?.ready()
      down.push({ instance: index, from, to: load.now() })
      back.push(load.now() - from)
    }
    await load.stop()
    const others = load
      .answers()
      .filter((answer) => !isGood(answer))
      .filter(
        ({ instance, at, took }) =>
          !down.some((one) => one.instance === instance && at + took >= one.from && at <= one.to),
      )
    must(others.length === 0, 'the instance that lives is unaffected', others.slice(0, 3))
    figure('kills', rounds)
    figure('ready again ms, longest', Math.round(Math.max(...back)))
    const ends = instances.flatMap((instance) => instance.ends())
    must(
      ends.every((end) => end === 'SIGKILL'),
      'no instance ends by itself',
      ends,
    )
  },
)

const slowMs = 100

export const killedBeforeAnswer = onTwoInstances(
  {
    number: 2,
    name: 'killed-before-answer',
    what: 'kill -9 between COMMIT and the answer',
    expected: 'the retry gets the stored answer',
    seconds: 60,
  },
  { isOverNetwork: true },
  async ({ instances, line, postgres, must, figure, say }, { isShort }) => {
    const rounds = isShort ? 2 : 20
    let replayed = 0
    for (let round = 0; round < rounds; round++) {
      say(`${round} of ${rounds}`)
      const [first, second] = round % 2 ? [instances[1], instances[0]] : [instances[0], instances[1]]
      const key = crypto.randomUUID()
      const send = async (origin = '', sent = key) =>
        await fetch(origin + paths.api.postComments(1 + (round % posts)), {
          method: 'POST',
          headers: {
            authorization: bearerOf(round),
            'content-type': 'application/json',
            'idempotency-key': sent,
          },
          body: JSON.stringify({ body: `Under load, ${sent}` }),
        })
      // Connections and statements are ready afterwards.
      await send(first?.origin, crypto.randomUUID())
      // What PostgreSQL says is late, so that a commit is there before Bloggy knows.
      line?.delay(slowMs)
      const lost = send(first?.origin).then(
        ({ status }) => status,
        () => 0,
      )
      await postgres.asSuperuser(async (sql) => {
        for (let tries = 0; tries < 5000; tries++) {
          const rows = await sql`select from idempotency_keys where key = ${key} and status <> 0`
          if (rows.length > 0) return
          await sleep(2)
        }
      })
      const starts = first?.starts() ?? 0
      first?.kill('SIGKILL')
      line?.delay(0)
      const status = await lost
      must(status === 0, 'the kill came before the answer', status)
      const again = await send(second?.origin)
      const isStored = again.status === 201 && again.headers.get('idempotency-replayed') === 'true'
      must(isStored, 'the retry gets the stored answer', [again.status, await again.text()])
      if (isStored) replayed++
      while (first?.starts() === starts) await sleep(5)
      await first?.ready()
    }
    figure('kills', rounds)
    figure('stored answers', replayed)
    await postgres.asSuperuser(async (sql) => {
      const [{ twice = 0 } = {}] = await sql<{ twice: number }[]>`
        select count(*)::int as twice from (select body from comments group by body having count(*) > 1) as found`
      must(twice === 0, 'nothing is there twice', twice)
    })
  },
)

const mailWithinMs = 10_000

export const killedBeforeJob = onTwoInstances(
  {
    number: 3,
    name: 'killed-before-mail',
    what: 'kill -9 between COMMIT and the mail that follows',
    expected: 'the job is in the same transaction; sent within 10 seconds',
    seconds: 90,
  },
  { isOverNetwork: true },
  async ({ folder, instances, line, postgres, must, figure, say }, { isShort }) => {
    const rounds = isShort ? 2 : 15
    const mails = () => {
      try {
        return readdirSync(join(folder, 'data', 'mail')).length
      } catch {
        return 0
      }
    }
    let longest = 0
    for (let round = 0; round < rounds; round++) {
      say(`${round} of ${rounds}`)
      const instance = instances[round % 2]
      const before = mails()
      line?.delay(slowMs)
      void fetch((instance?.origin ?? '') + paths.forgottenPassword(), {
        method: 'POST',
        body: new URLSearchParams({ email: `w${round}@example.com` }),
        headers: { 'x-forwarded-for': `10.0.${round}.1` },
        redirect: 'manual',
      }).catch(() => {})
      const asked = await postgres.asSuperuser(async (sql) => {
        for (let tries = 0; tries < 3000; tries++) {
          const jobs = await sql`select from graphile_worker.jobs where task_identifier = 'send-password-reset'`
          if (jobs.length > 0 || mails() > before) return true
          await sleep(2)
        }
        return false
      })
      must(asked, 'a job was there')
      const starts = instance?.starts() ?? 0
      instance?.kill('SIGKILL')
      line?.delay(0)
      const killedAt = performance.now()
      while (mails() === before && performance.now() - killedAt < 60_000) await sleep(20)
      const took = performance.now() - killedAt
      longest = Math.max(longest, took)
      must(took <= mailWithinMs, `the mail is sent within ${mailWithinMs / 1000} seconds`, `${Math.round(took)} ms`)
      while (instance?.starts() === starts) await sleep(5)
      await instance?.ready()
    }
    figure('kills', rounds)
    figure('longest to the mail ms', Math.round(longest))
    figure('mails', mails())
  },
)
