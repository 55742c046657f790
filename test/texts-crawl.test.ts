// Whether what people read comes from the catalogue: a blog that is written in Greek, with a catalogue in full-width
// letters, is walked through, and no other Latin letter may be seen.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { paths } from '../src/paths.ts'
import { createSetupLink } from '../src/setup/queries.ts'
import { speak } from '../src/texts/texts.ts'
import { presets } from '../src/themes/presets.ts'
import { newBlog, testApp } from './app.ts'
import type { Person } from './cast.ts'
import { publishPost, writePost } from './pages.ts'
import { latinIn, shownIn, speakPseudo, widened } from './pseudo-language.ts'

/** Latin letters that no language changes, or that are not ours. */
const known: RegExp[] = [
  // What is typed, and where it is explained.
  /npm run bloggy -- import FILE --inspect|docs\/migrating\.md/g,
  /\bBloggy\b|\bPostgreSQL\b|\bNode\b/g,
  // Zones, as settings name them.
  /\bUTC\b/g,
  // Roles, as the database names them.
  /\b(admin|author|moderator|viewer)\b/g,
  // What themes to begin with are called; who saves one may call it something else.
  new RegExp(
    `\\b(${Object.values(presets)
      .map(({ name }) => name)
      .join('|')})\\b`,
    'g',
  ),
  // Jobs, as the program calls them.
  /\b(note|index|digest|count|send|tell|check|remove|render|publish|make)-[a-z-]+\b/g,
  // How programs call what they do.
  /\bPOST\b/g,
  // Addresses of mail and of pages, and what PostgreSQL calls its sizes.
  /[\w.+-]+@[\w.-]+|https?:\/\/\S+|\b[\w.-]+\.example\S*|\/[\w./-]+/g,
  /\b\d+ [kMG]B\b/g,
  // Networks, whose last number is left out.
  /\b(\d{1,3}\.){3}x/g,
  // The last part of an address, which its author typed.
  /\b(ada|ben|bea|cleo)\b/g,
  // The title that the blog was set up with.
  /Test Notes/g,
  // As the database describes them.
  /May do everything\.|Writes and publishes own posts\.|Edits and removes what others wrote\.|Reads\./g,
  // What rights and deeds are called, what they are about, and what is written down with them.
  /\b[a-z]+(?:\.[a-z_-]+)+\b/g,
  /\b(comment|permission|post|role|user|ban|import|media|invitation|own|any)\b( \d+)?/g,
  /signed (in|out)/g,
  /"\w+":/g,
  // The command as it is typed.
  /npm run bloggy -- setup --link/g,
]

const { app, cast, db, settings, deliverMail } = await testApp({
  SITE_URL: 'http://localhost:8080',
  OIDC_CLUB_ISSUER: 'https://id.club.example',
  OIDC_CLUB_CLIENT_ID: 'blog',
  OIDC_CLUB_CLIENT_SECRET: 'hush',
  OIDC_CLUB_LABEL: 'Λέσχη',
})
const { ada, ben, rosa, dev } = cast

describe('every text is from the catalogue', () => {
  test('on pages that a stranger finds', async () => {
    await fill()
    const walked = await walk(dev, [
      paths.home(),
      paths.search({ q: 'ψωμί' }),
      paths.search({ q: 'τίποτα' }),
      paths.registered(),
      paths.guestSent(),
      paths.confirmation('x'.repeat(43)),
      paths.passwordReset('x'.repeat(43)),
      paths.unsubscribe('x'.repeat(43)),
      paths.guestConfirmation('x'.repeat(43)),
      paths.moderationLog(),
      paths.providerAnswer('club'),
      `${paths.signIn()}?done=confirmed`,
      `${paths.signIn()}?done=password`,
      '/nothing/here',
      paths.post('nothing'),
      paths.post('ψωμί'),
      paths.post('μέλη'),
      paths.author('nobody'),
    ])
    assert.ok(walked.pages > 25, `${walked.pages} pages`)
    assert.deepEqual(walked.latin, [])
  })

  test('on pages that the owner finds', async () => {
    const walked = await walk(ada, [
      paths.home(),
      paths.admin.dashboard(),
      paths.admin.calendar(inAMonth().slice(0, 7)),
      '/admin/nothing',
      paths.admin.post(999_999),
    ])
    assert.ok(walked.pages > 40, `${walked.pages} pages`)
    assert.deepEqual(walked.latin, [])
  })

  test('on pages that a writer and a reader find', async () => {
    const [writers, readers] = [
      await walk(ben, [paths.admin.dashboard(), paths.post('ψωμί'), paths.post('δικό-μου')]),
      await walk(rosa, [paths.profile(), paths.post('μέλη')]),
    ]
    assert.ok(writers.pages > 20, `${writers.pages} pages`)
    assert.ok(readers.pages > 10, `${readers.pages} pages`)
    assert.deepEqual([...writers.latin, ...readers.latin], [])
  })

  test('where a form is refused', async () => {
    const post = { title: 'Τίτλος', body: 'Λόγια.' }
    const wrong = {
      slug: '!',
      picture_url: 'x',
      canonical_url: 'x',
      language: '?',
      series_part: '0',
      authors: 'nobody',
    }
    const { id } = await writePost(ben, post)
    const refused: [Person, string, Record<string, string>, number][] = [
      [dev, paths.signIn(), {}, 422],
      [dev, paths.signIn(), { email: 'x@example.com', password: 'x' }, 422],
      [dev, paths.register(), { name: '', email: 'x', password: 'y' }, 422],
      [dev, paths.forgottenPassword(), { email: 'x' }, 422],
      [dev, paths.forgottenPassword(), { email: 'x@example.com' }, 200],
      [dev, paths.confirmation('x'.repeat(43)), {}, 404],
      [dev, paths.home(), {}, 405],
      [dev, paths.admin.posts(), post, 401],
      [dev, paths.register(), { name: 'Α\0' }, 422],
      [rosa, paths.admin.posts(), post, 403],
      [rosa, paths.profile(), { name: '', links: 'x' }, 422],
      [rosa, paths.password(), { old_password: 'x', password: 'x' }, 422],
      [rosa, paths.password(), { old_password: 'x', password: 'long enough' }, 422],
      [ben, paths.admin.posts(), { ...post, ...wrong }, 422],
      [ben, paths.admin.posts(), { title: '', body: '', kind: 'other' }, 422],
      [ben, paths.admin.posts(), { ...post, kind: 'page', slug: 'search' }, 422],
      [ben, paths.admin.posts(), { ...post, slug: 'ψωμί' }, 422],
      [ben, paths.admin.newPostPreview(), post, 200],
      [ben, paths.admin.post(id), { ...post, title: 'x'.repeat(600), version: '1' }, 422],
      [ben, paths.admin.post(id), { ...post, body: 'Άλλα.', version: '0' }, 409],
      [ada, paths.admin.settings(), { title: '', description: '', language: '!', time_zone: '!', menu: 'χ' }, 422],
      [ada, paths.admin.settings(), { ...settingsForm, version: '0' }, 409],
      [ada, paths.admin.machineSettings(), { hub_url: 'x', security_contact: 'x', version: '0' }, 422],
    ]
    speakPseudo()
    for (const [person, path, form, status] of refused) {
      const response = await person.post(path, form)
      assert.equal(response.statusCode, status, `${person.name} at ${path}`)
      assert.deepEqual(latinOn(path, response.body), [])
    }
    const elsewhere = await ben.post(paths.admin.posts(), post, { origin: 'https://elsewhere.example' })
    assert.equal(elsewhere.statusCode, 403)
    assert.deepEqual(latinOn('from elsewhere', elsewhere.body), [])
  })

  test('in mails and in the titles of feeds', async () => {
    speakPseudo()
    await sql`delete from attempts`.execute(db)
    const form = { name: 'Νέα', email: 'new@example.com', password: 'long enough' }
    assert.equal((await dev.post(paths.register(), form)).statusCode, 303)
    assert.equal((await dev.post(paths.register(), { ...form, email: rosa.email })).statusCode, 303)
    assert.equal((await dev.post(paths.forgottenPassword(), { email: rosa.email })).statusCode, 200)
    const mails = await deliverMail()
    assert.ok(mails.length >= 3, `${mails.length} mails`)
    for (const { subject, text } of mails) assert.deepEqual(latinOn('mail', `${subject}\n${text}`), [])
    const { slug } = await db
      .selectFrom('posts')
      .select('slug')
      .where(sql<string>`title`, '=', 'Ψωμί')
      .executeTakeFirstOrThrow()
    const feed = await dev.get(paths.feed(paths.postComments(slug), 'atom.xml'))
    const titles = [...feed.body.matchAll(/<(?:title|name)>([^<]*)</g)].map(([, words]) => words ?? '')
    assert.ok(titles.length > 2, titles.join())
    assert.deepEqual(
      titles.flatMap((title) => latinIn(title, known) || []),
      [],
    )
  })

  test('of a blog that nobody has set up', async () => {
    const blog = await newBlog()
    const link = (await createSetupLink(blog.db)) ?? ''
    speakPseudo()
    for (const url of [paths.home(), paths.setup(link)]) {
      const { body, statusCode } = await blog.app.inject(url)
      assert.equal(statusCode, 200)
      assert.deepEqual(latinOn(url, body), [])
    }
  })
})

describe('the walk', () => {
  test('finds a text that stands in a view', () => {
    const page = `<title>ＡＢ – Σημειώσεις</title><p title="Close">Ｗ <b>Save</b> <time>3 Μαΐου</time></p><img alt="Ψωμί">`
    assert.deepEqual(latinOn('', page), [' Close', ' Save'])
  })

  test('speaks with the values and the parts that a message has', () => {
    assert.equal(widened('Sign <a>in, {name}</a>'), 'Ｓｉｇｎ <a>ｉｎ, {name}</a>')
    assert.equal(
      widened('{n, plural, one {# post} other {<b>{n, number}</b> posts}}'),
      '{n, plural, one {# ｐｏｓｔ} other {<b>{n, number}</b> ｐｏｓｔｓ}}',
    )
  })

  test('ends', () => speak('en'))
})

function inAMonth(): string {
  return new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10)
}

const settingsForm = { title: 'Σημειώσεις', description: 'Για δοκιμή.', language: 'el', time_zone: 'UTC' }

/** Posts of every kind, comments, people: all in Greek, so that Latin letters are nobody's but ours. */
async function fill(): Promise<void> {
  const names = { ada: 'Άντα', ben: 'Βασίλης', bea: 'Βέα', cleo: 'Κλειώ', rosa: 'Ρόζα' }
  for (const [who, name] of Object.entries(names))
    await db
      .updateTable('users')
      .set({ name })
      .where('id', '=', cast[who as keyof typeof names].id)
      .execute()
  await ada.post(paths.profile(), { name: 'Άντα', about: 'Γράφει.', links: 'https://social.example/@ada' })
  await db
    .updateTable('settings')
    .set({
      ...settingsForm,
      menu: 'Εμείς /about',
      registration_is_open: true,
      comments_are_open: true,
      related_posts_are_shown: true,
      moderation_log_is_public: true,
      version: sql`version + 1`,
    })
    .execute()
  await settings.refresh()
  const body = 'Λόγια.\n\n## Μέρος\n\nΨωμί και νερό.'
  const bread = await publishPost(ada, {
    title: 'Ψωμί',
    body,
    tags: 'Φαγητό',
    series: 'Σειρά',
    series_part: '1',
    authors: 'ben',
    excerpt: 'Λίγα.',
    slug: 'ψωμί',
  })
  await publishPost(ada, { title: 'Νερό', body, tags: 'Φαγητό', series: 'Σειρά' })
  await publishPost(ben, { title: 'Μέλη', body, visibility: 'members', excerpt: 'Λίγα.' })
  await publishPost(ben, { title: 'Κρυφό', body, visibility: 'unlisted' })
  await publishPost(ben, { title: 'Δικό μου', body, visibility: 'private' })
  await publishPost(ada, { title: 'Εμείς', body, kind: 'page', slug: 'about' })
  // A page of a list has twenty.
  await sql`
    insert into posts (slug, title, body, body_html, author_id, published_at)
    select 'πολλά-' || n, 'Πολλά ' || n, 'Λόγια.', '<p>Λόγια.</p>', ${ben.id}::bigint, now() - n * interval '1 day'
    from generate_series(1, 21) as n`.execute(db)
  const changed = await publishPost(ada, { title: 'Αλλαγή', body })
  await ada.post(paths.admin.post(changed.id), { title: 'Αλλαγή', body: 'Άλλα.', version: '2', draft: 'yes' })
  await writePost(ada, { title: 'Πρόχειρο', body })
  const stale = await writePost(ada, { title: 'Παλιό', body })
  await db
    .updateTable('posts')
    .set({ updated_at: sql`now() - interval '40 days'` })
    .where('id', '=', stale.id)
    .execute()
  const later = await writePost(ada, { title: 'Αργότερα', body })
  await ada.post(paths.admin.schedule(later.id), { appears_at: `${inAMonth()}T09:00` })
  const binned = await writePost(ada, { title: 'Σκουπίδια', body })
  await ada.post(paths.admin.postDeletion(binned.id))
  await db
    .updateTable('post_bin')
    .set({ deleted_at: sql`now() - interval '25 days'` })
    .execute()
  for (const person of [rosa, ben, ada]) {
    const response = await person.post(paths.postComments(bread.slug), {
      body: 'Ωραία.',
      submission_key: crypto.randomUUID(),
      tell_thread: 'yes',
    })
    assert.equal(response.statusCode, 303, response.body)
  }
  await deliverMail()
}

/** Every page that links lead to from these; of those that differ in a number alone, the first few. */
async function walk(person: Person, from: string[]): Promise<{ pages: number; latin: string[] }> {
  speakPseudo()
  const waiting = [...from]
  const seen = new Set<string>(from)
  const ofShape = new Map<string, number>()
  const latin: string[] = []
  let pages = 0
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    const response = await person.get(path, { accept: 'text/html' })
    assert.ok(response.statusCode < 500, `${path}: ${response.statusCode}`)
    const isPage = String(response.headers['content-type']).startsWith('text/html')
    const { location } = response.headers
    if (isPage) {
      pages++
      latin.push(...latinOn(path, response.body))
    }
    const links = isPage ? [...response.body.matchAll(/<a [^>]*href="([^"]+)"/g)].map(([, href]) => href ?? '') : []
    for (const link of [...links, ...(location ? [String(location)] : [])]) {
      const url = URL.parse(link.replaceAll('&amp;', '&'), new URL(path, app.config.siteUrl))
      if (!url || url.origin !== app.config.siteUrl.origin) continue
      // A document for programmers, written in English from what checks their requests.
      if (url.pathname === paths.api.reference()) continue
      const to = url.pathname + url.search
      const shape = `${url.pathname.replaceAll(/\d+/g, '0').replace(/^\/posts\/.*/, '/posts')} ${[...url.searchParams.keys()].join()}`
      const count = ofShape.get(shape) ?? 0
      if (seen.has(to) || count >= mostOfShape) continue
      ofShape.set(shape, count + 1)
      seen.add(to)
      waiting.push(to)
    }
  }
  return { pages, latin }
}
const mostOfShape = 6

function latinOn(path: string, html: string): string[] {
  return shownIn(html).flatMap((shown) => (latinIn(shown, known) === '' ? [] : [`${path} ${shown}`]))
}
