// Mail, and posts that appear by themselves, while who does the jobs is killed.
import { setTimeout as sleep } from 'node:timers/promises'
import { SMTPServer } from 'smtp-server'
import { freePort } from '../../bench/servers.ts'
import { paths } from '../../src/paths.ts'
import { onTwoInstances } from '../fault.ts'
import { countsOf, isGood } from '../seen.ts'
import { bearerOf } from '../seed.ts'

type Sink = { received: { to: string; id: string }[]; open: () => Promise<void>; close: () => Promise<void> }

let port = 0

/** Takes mail, each in its time. */
function newSink(delayMs = 0): Sink {
  const received: Sink['received'] = []
  let server: SMTPServer | undefined
  return {
    received,
    open: async () => {
      server = new SMTPServer({
        disabledCommands: ['STARTTLS', 'AUTH'],
        onData: (stream, session, done) => {
          let text = ''
          stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
          stream.on('end', () => {
            const id = /^message-id: (.+)$/im.exec(text)?.[1] ?? ''
            for (const { address } of session.envelope.rcptTo) received.push({ to: address, id })
            setTimeout(done, delayMs)
          })
        },
      })
      server.on('error', () => {})
      await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve))
    },
    close: async () => await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve())),
  }
}

const environmentOf = () => ({ SMTP_URL: `smtp://127.0.0.1:${port}` })

export const killedAtMail = onTwoInstances(
  {
    number: 33,
    name: 'killed-at-mail',
    what: 'kill -9 of who sends mail, 20 times during 10,000 of them',
    expected: '0 missing; at most one twice for each kill, with the same Message-ID',
    seconds: 180,
  },
  { environmentOf, before: async () => void (port = await freePort()) },
  async ({ postgres, instances, must, figure, say }, { isShort }) => {
    const mails = isShort ? 500 : 10_000
    const kills = isShort ? 2 : 20
    const sink = newSink()
    await sink.open()
    try {
      await postgres.asSuperuser(
        async (sql) =>
          await sql`
          select graphile_worker.add_job('send-email-notice', json_build_object('email', 'n' || n || '@example.com'), max_attempts := 12)
            from generate_series(1, ${mails}::int) n`,
      )
      const begun = performance.now()
      for (let kill = 0; kill < kills; kill++) {
        const wanted = Math.floor(((kill + 1) * mails) / (kills + 1))
        while (sink.received.length < wanted && performance.now() - begun < 600_000) await sleep(5)
        say(`${kill} of ${kills} kills, ${sink.received.length} mails`)
        const instance = instances[kill % instances.length]
        const starts = instance?.starts() ?? 0
        instance?.kill('SIGKILL')
        while (instance?.starts() === starts) await sleep(10)
      }
      await Promise.all(instances.map((instance) => instance.ready()))
      const different = () => new Set(sink.received.map(({ to }) => to)).size
      for (const since = performance.now(); different() < mails && performance.now() - since < 120_000;) await sleep(50)
      const twice = sink.received.length - different()
      const ids = new Map<string, Set<string>>()
      for (const { to, id } of sink.received) ids.set(to, (ids.get(to) ?? new Set()).add(id))
      figure('mails', mails)
      figure('kills', kills)
      figure('missing', mails - different())
      figure('twice', twice)
      must(different() === mails, 'none is missing', mails - different())
      must(twice <= kills, 'at most one twice for each kill', twice)
      must(
        [...ids.values()].every((one) => one.size === 1),
        'each has one Message-ID',
      )
    } finally {
      await sink.close()
    }
  },
)

export const mailServerDown = onTwoInstances(
  {
    number: 34,
    name: 'mail-server-down',
    what: 'nobody takes mail for a while, and then slowly',
    expected: 'nothing else waits; each is tried again with growing pauses, and arrives',
    seconds: 60,
  },
  { environmentOf, before: async () => void (port = await freePort()) },
  async ({ postgres, startLoad, must, figure }, { isShort }) => {
    const mails = 10
    const load = startLoad()
    await postgres.asSuperuser(
      async (sql) =>
        await sql`
        select graphile_worker.add_job('send-email-notice', json_build_object('email', 'n' || n || '@example.com'), max_attempts := 12)
          from generate_series(1, ${mails}::int) n`,
    )
    await sleep(isShort ? 4000 : 20_000)
    const tried = await postgres.asSuperuser(async (sql) => {
      const [row] = await sql<{ least: number; waiting: number }[]>`
        select min(attempts)::int as least, count(*)::int as waiting from graphile_worker.jobs
          where task_identifier = 'send-email-notice'`
      return row
    })
    must(tried?.waiting === mails && tried.least > 0, 'each was tried and waits', tried)
    const sink = newSink(300)
    await sink.open()
    try {
      // Pauses grow up to hours: as if they had passed.
      await postgres.asSuperuser(
        async (sql) => await sql`update graphile_worker._private_jobs set run_at = now() where run_at > now()`,
      )
      for (const since = performance.now(); sink.received.length < mails && performance.now() - since < 60_000;)
        await sleep(50)
      await load.stop()
      figure('mails', sink.received.length)
      must(sink.received.length === mails, 'each arrives once', sink.received.length)
      must(load.answers().every(isGood), 'nothing else waits', countsOf(load.answers()))
    } finally {
      await sink.close()
    }
  },
)

export const dueWhileDown = onTwoInstances(
  {
    number: 35,
    name: 'due-while-down',
    what: 'a post is due while all instances are down',
    expected: 'published once, within 60 seconds of the start; its date is the moment it was due',
    seconds: 30,
  },
  {},
  async ({ postgres, instances, must, figure }) => {
    const due = new Date(Date.now() + 60_000).toISOString()
    const made = await fetch((instances[0]?.origin ?? '') + paths.api.posts(), {
      method: 'POST',
      headers: { authorization: bearerOf(0), 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'Due', body: 'It is.', state: 'scheduled', appears_at: due }),
    })
    const text = await made.text()
    must(made.status === 201, 'it is scheduled', text)
    const { id } = JSON.parse(text) as { id: number }
    for (const instance of instances) instance.hold()
    await sleep(300)
    // As if the minute had passed: due three seconds from now, and nobody there.
    await postgres.asSuperuser(async (sql) => {
      const moment = await sql<{ at: Date }[]>`
        update scheduled_posts set appears_at = date_trunc('second', now() + interval '3 seconds') where post_id = ${id} returning appears_at as at`
      const at = moment[0]?.at ?? new Date()
      await sql`update posts set published_at = ${at} where id = ${id}`
      await sql`update graphile_worker._private_jobs set run_at = ${at} where key = ${`note-appearance ${id}`}`
    })
    await sleep(5000)
    const begun = performance.now()
    for (const instance of instances) instance.release()
    await Promise.all(instances.map((instance) => instance.ready()))
    const noted = async () =>
      await postgres.asSuperuser(async (sql) => {
        const [row] = await sql<{ noted: number; early: number }[]>`
          select count(*)::int as noted, (count(*) filter (where created_at < (select published_at from posts where id = ${id})))::int as early
            from audit_events where subject_type = 'post' and subject_id = ${id} and action = 'post.published'`
        return row ?? { noted: 0, early: 0 }
      })
    while ((await noted()).noted === 0 && performance.now() - begun < 70_000) await sleep(100)
    figure('noted after the start s', Math.round((performance.now() - begun) / 100) / 10)
    await sleep(3000)
    const found = await noted()
    must(found.noted === 1 && found.early === 0, 'it is published once, and not before', found)
    const feed = await (await fetch(`${instances[0]?.origin}${paths.feed('', 'rss.xml')}`)).text()
    const [{ at } = { at: new Date(0) }] = await postgres.asSuperuser(
      async (sql) => await sql<{ at: Date }[]>`select published_at as at from posts where id = ${id}`,
    )
    must(
      feed.includes(`<pubDate>${at.toUTCString()}</pubDate>`),
      'the feed has the moment it was due',
      at.toUTCString(),
    )
  },
)
