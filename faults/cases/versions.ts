// An older version, taken from the history of the repository, beside this one and instead of it, on the schema of this one.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from '../../bench/servers.ts'
import { listMigrations } from '../../src/db/migrate.ts'
import { paths } from '../../src/paths.ts'
import { type Fault, type Means, reportOf } from '../fault.ts'
import type { Instance } from '../instance.ts'
import { sendAgain } from '../load.ts'
import { type Older, makeOlder } from '../older-version.ts'
import { followReadiness } from '../readiness.ts'
import { type Scene, type SceneOptions, onScene } from '../scene.ts'
import { countsOf, isGood, percentile } from '../seen.ts'
import { bearerOf } from '../seed.ts'
import { requireSameProcesses } from './killed-postgres.ts'

const passedOnMs = 5000
const repeated = 20

export const twoVersions = withOlder(
  {
    number: 24,
    name: 'two-versions',
    what: 'an old and a new version together on one schema for 10 minutes, under load',
    expected: 'nobody fails; each shows, changes and answers again what the other wrote',
    seconds: 670,
  },
  ({ folder }) => ({ programs: [folder, undefined] }),
  async (scene, { isShort, say }) => {
    const { instances, startLoad, must, figure } = scene
    const load = startLoad()
    const seconds = isShort ? 20 : 600
    const ways = async () => {
      await passOn(scene, 0, 1)
      await passOn(scene, 1, 0)
    }
    await ways()
    for (let second = 0; second < seconds; second += 5) {
      say(`${second} of ${seconds} seconds`)
      await sleep(5000)
    }
    await load.stop()
    await ways()
    await repeat(scene)
    const answers = load.answers()
    must(answers.every(isGood), 'nobody fails', countsOf(answers.filter((answer) => !isGood(answer))))
    for (const [index, name] of (['older', 'newer'] as const).entries())
      figure(
        `99 of 100 at the ${name} one ms`,
        percentile(
          answers.filter(({ instance }) => instance === index),
          0.99,
        ),
      )
    const strange = await strangePages(instances)
    must(strange.length === 0, 'both show every kind of page', strange.join(', '))
    requireSameProcesses(scene)
  },
)

export const stepBack = withOlder(
  {
    number: 26,
    name: 'step-back',
    what: 'one version back under load, instance by instance, and forth again, behind what a proxy does',
    expected: 'nobody fails; what the newer one wrote is kept, shown and changed by the older one',
    seconds: 200,
  },
  () => ({ cutsLines: true }),
  async (scene, { isShort }, { folder }) => {
    const { instances, startLoad, must, figure, say } = scene
    const rounds = isShort ? 1 : 4
    const readiness = followReadiness(instances)
    const load = startLoad({ choose: readiness.choose })
    await sleep(2000)
    const codes: unknown[] = []
    const ends: { index: number; from: number; to: number }[] = []
    const exchangeAll = async (program: string) => {
      for (const [index, instance] of instances.entries()) {
        instance.exchange(program)
        const from = load.now()
        codes.push(await instance.restart())
        if (program === root) ends.push({ index, from, to: load.now() })
        await readiness.seen(index)
        await sleep(isShort ? 1000 : 3000)
      }
    }
    for (let round = 0; round < rounds; round++) {
      say(`${round} of ${rounds}`)
      await exchangeAll(folder)
      await passOn(scene, 0, 1)
      await exchangeAll(root)
      await passOn(scene, 0, 1)
    }
    // The last ones of the load are written by the newer and asked for again at the older.
    await exchangeAll(folder)
    await load.stop()
    await readiness.stop()
    await repeat(scene)
    const failed = load.answers().filter((answer) => !isGood(answer))
    // An older one may break off idle connections when it ends, where this one waits for the proxy; proxies repeat such requests.
    const broken = failed.filter(
      ({ status, instance, at, took }) =>
        status === 0 && ends.some(({ index, from, to }) => index === instance && at + took >= from && at <= to),
    )
    figure('exchanges', codes.length)
    figure('broken off by an older one that ended', broken.length)
    must(failed.length === broken.length, 'no other request fails', countsOf(failed))
    must(
      codes.every((code) => code === 0),
      'each ends with code 0',
      codes,
    )
    const strange = await strangePages(instances)
    must(strange.length === 0, 'the older one shows every kind of page', strange.join(', '))
  },
)

function withOlder(
  about: Omit<Fault, 'run' | 'test'>,
  optionsOf: (older: Older) => SceneOptions,
  work: (scene: Scene, means: Means, older: Older) => Promise<void>,
): Fault {
  return {
    ...about,
    run: async (means) => {
      const folder = mkdtempSync(join(tmpdir(), `bloggy-faults-${process.pid}-older-`))
      try {
        const older = makeOlder(join(folder, 'program'), await expandingOnes(means), namesOfAll())
        if (typeof older === 'string') return { result: 'cannot run here', seen: [older], figures: {} }
        return reportOf(
          await onScene(means, optionsOf(older), async (scene) => {
            scene.figure('older version', older.commit)
            scene.figure('migrations that it does not know', older.unknown.length)
            await work(scene, means, older)
          }),
        )
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  }
}

const namesOfAll = () => listMigrations().map(({ name }) => name)

/** As a program from before reads it: from the database. */
async function expandingOnes(means: Means): Promise<Set<string>> {
  let names: string[] = []
  await onScene(means, { instances: 0 }, async ({ postgres }) => {
    const rows = await postgres.asSuperuser(
      async (sql) => await sql<{ name: string }[]>`select name from schema_migrations where expands`,
    )
    names = rows.map(({ name }) => name)
  })
  return new Set(names)
}

/** A post goes to and fro between two instances, with a comment, until it is deleted. */
async function passOn({ instances, must }: Scene, from: number, to: number): Promise<void> {
  const [one, other] = [instances[from], instances[to]]
  if (!one || !other) return
  const created = await send(one, 'POST', paths.api.posts(), { title: 'Passed on', body: 'One.', state: 'published' })
  must(created.status === 201, 'a post is written', created)
  const { id, slug } = JSON.parse(created.text) as { id: number; slug: string }
  const page = paths.post(slug)
  const shows = async (instance: Instance, what: string, isGone = false) => {
    for (const begun = performance.now(); performance.now() - begun < passedOnMs; await sleep(50)) {
      const { status, text } = await send(instance, 'GET', page)
      if (isGone ? status === 404 || status === 410 : status === 200 && text.includes(what)) return true
    }
    return false
  }
  const everywhere = async (what: string, isGone = false) => {
    for (const [name, instance] of Object.entries({ [from]: one, [to]: other }))
      must(await shows(instance, what, isGone), `instance ${name} shows "${what}" of a post of instance ${from}`)
  }
  await everywhere('One.')
  const changed = await send(other, 'PATCH', paths.api.post(id), { body: 'Two.' })
  must(changed.status === 200, 'the other changes it', changed)
  await everywhere('Two.')
  const said = await send(one, 'POST', paths.api.postComments(id), { body: 'Three.' })
  must(said.status === 201, 'a comment is written', said)
  await everywhere('Three.')
  const deleted = await send(other, 'DELETE', paths.api.post(id))
  must(deleted.status < 300, 'the other deletes it', deleted)
  await everywhere('nothing', true)
}

/** Keys that one instance answered are known to the other: the same answer, and nothing written. */
async function repeat({ instances, ledger, must, figure }: Scene): Promise<void> {
  const some = ledger
    .writes()
    .filter(({ id }) => id !== undefined)
    .slice(-repeated)
  let same = 0
  for (const entry of some)
    for (const instance of instances) {
      const { id, wasReplayed } = await sendAgain(instance, entry)
      if (id === entry.id && wasReplayed) same++
    }
  figure('answered again alike', same)
  must(some.length > 0 && same === some.length * instances.length, 'a kept answer is given by both', same)
}

const kinds = [
  paths.home(),
  paths.archive(),
  paths.tags(),
  paths.search({ q: 'post' }),
  paths.feed('', 'atom.xml'),
  paths.feed('', 'rss.xml'),
  paths.feed('', 'feed.json'),
  paths.sitemap(),
  paths.sitemapPart(0),
  paths.robots(),
  paths.signIn(),
  paths.api.document(),
  paths.api.posts(),
  paths.api.settings(),
  paths.api.jobs(),
  paths.api.stats(),
  paths.api.auditEvents(),
]

async function strangePages(instances: readonly Instance[]): Promise<string[]> {
  const found: string[] = []
  for (const path of kinds) {
    const statuses: number[] = []
    for (const instance of instances)
      statuses.push((await send(instance, 'GET', path, undefined, path.startsWith(paths.api.root()))).status)
    if (statuses.some((status) => status !== 200)) found.push(`${path} ${statuses.join(' ')}`)
  }
  return found
}

async function send(
  { origin }: Instance,
  method: string,
  path: string,
  body?: object,
  isKnown = method !== 'GET',
): Promise<{ status: number; text: string }> {
  const response = await fetch(origin + path, {
    method,
    headers: {
      ...(isKnown && { authorization: bearerOf(0) }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  })
  return { status: response.status, text: await response.text() }
}
