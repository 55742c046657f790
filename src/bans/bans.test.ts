import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import type { Person } from '../../test/cast.ts'
import { errorAt, fieldOf, publishPost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const blog = await testApp({ TRUSTED_PROXIES: '127.0.0.1' })
const { cast, db } = blog
const { ada, bea, ben, cleo, rosa } = cast

describe('a ban', () => {
  test('of an account keeps it from commenting, changing and reporting, in a sentence, until it is lifted', async () => {
    const post = await publishPost(ben)
    const own = idIn(await comment(rosa, post.slug, 'Before'))
    await ban({ who: ' rosa ', reason: 'Third <warning>', days: '' })
    const refused = await comment(rosa, post.slug, 'My long text')
    assert.equal(refused.statusCode, 403)
    assert.match(refused.body, /You cannot comment here\. The reason: Third &lt;warning&gt;/)
    assert.equal(fieldOf(refused.body, 'body'), 'My long text')
    // Known before anything is typed.
    for (const path of [post.path, paths.editComment(own), paths.commentReport(own)]) {
      const { body, statusCode } = await rosa.get(path)
      assert.equal(statusCode, 200, path)
      assert.match(body, /You cannot (report )?comments? here\. The reason: Third &lt;warning&gt;/, path)
      assert.doesNotMatch(body, /<textarea/, path)
    }
    const version = '1'
    const changed = await rosa.post(paths.editComment(own), { body: 'Changed', version })
    assert.equal(changed.statusCode, 403)
    assert.match(changed.body, /Third &lt;warning&gt;/)
    const report = await rosa.post(paths.commentReport(own), { reason: 'spam' })
    assert.equal(report.statusCode, 403)
    assert.match(report.body, /You cannot report comments here/)
    assert.doesNotMatch(report.body, /Your text/)
    assert.match((await rosa.get(post.path)).body, /Before/)
    assert.equal((await comment(bea, post.slug, 'Somebody else')).statusCode, 303)

    const { body } = await ada.get(paths.admin.bans())
    assert.match(body, /Rosa/)
    const end = /action="([^"]+\/end)"/.exec(body)?.[1] ?? ''
    assert.equal((await cleo.post(end)).statusCode, 303)
    assert.equal((await cleo.post(end)).statusCode, 404)
    assert.equal((await comment(rosa, post.slug, 'After')).statusCode, 303)
    const log = (await ada.get(paths.admin.moderationLog())).body
    assert.match(log, /Cleo<\/bdi> banned <bdi>Rosa<\/bdi> until it is lifted/)
    assert.match(log, /Cleo<\/bdi> lifted the ban of <bdi>Rosa/)
  })

  test('of a range holds for every address in it, both families, and for no other', async () => {
    const post = await publishPost(ben)
    await ban({ who: '203.0.113.77/24', reason: 'A flood' })
    await ban({ who: '2001:db8:1:2:3::4', reason: 'A flood' })
    for (const [ip, status] of [
      ['203.0.113.1', 403],
      ['203.0.113.255', 403],
      ['::ffff:203.0.113.9', 403],
      ['203.0.114.1', 303],
      ['2001:db8:1:2::99', 403],
      ['2001:db8:1:3::99', 303],
    ] as const)
      assert.equal((await comment(rosa, post.slug, `From ${ip}`, ip)).statusCode, status, ip)
    // Whoever moderates is not locked out by a range.
    assert.equal((await comment(cleo, post.slug, 'At work', '203.0.113.5')).statusCode, 303)
    assert.match((await ada.get(paths.admin.bans())).body, /203\.0\.113\.0\/24[^]*A flood|2001:db8:1:2::\/64/)
  })

  test('of an address that a socket for both families writes is that of the address itself', async () => {
    const post = await publishPost(ben)
    const id = idIn(await comment(rosa, post.slug, 'Through IPv6', '::ffff:198.51.100.9'))
    const queue = (await ada.get(paths.admin.comments({ tab: 'all', post: post.slug }))).body
    assert.match(queue, new RegExp(`who=198\\.51\\.100\\.9"[^]*Ban 198\\.51\\.100\\.9<`))
    const event = await db
      .selectFrom('audit_events')
      .select('client_ip')
      .where('subject_type', '=', 'comment')
      .where('subject_id', '=', id)
      .executeTakeFirstOrThrow()
    assert.equal(event.client_ip, '198.51.100.9')
    await ban({ who: '::ffff:198.51.100.9', reason: 'One' })
    await ban({ who: '::FFFF:c633:650a', reason: 'Written in hex' })
    await ban({ who: '::ffff:192.0.2.77/120', reason: 'Many' })
    for (const [ip, status] of [
      ['198.51.100.9', 403],
      ['::ffff:198.51.100.9', 403],
      ['::ffff:c633:6409', 403],
      ['198.51.101.10', 403],
      ['192.0.2.1', 403],
      ['198.51.100.8', 303],
      ['192.0.3.1', 303],
      ['2001:db8:77::1', 303],
    ] as const)
      assert.equal((await comment(rosa, post.slug, `From ${ip}`, ip)).statusCode, status, ip)
  })

  test('ends by itself on its day, which the banned person reads', async () => {
    const post = await publishPost(ben)
    await ban({ who: 'bea', reason: 'A week off', days: '7' })
    assert.match((await comment(bea, post.slug, 'x')).body, /You cannot comment here until [A-Z]\w+ \d+, \d{4}\./)
    await sql`update bans set expires_at = now() where user_id = ${bea.id}`.execute(db)
    assert.equal((await comment(bea, post.slug, 'Back')).statusCode, 303)
    // Banned anew, it is one ban with the new reason.
    await ban({ who: 'bea', reason: 'Again', days: '1' })
    const rows = await db.selectFrom('bans').select('reason').where('user_id', '=', bea.id).execute()
    assert.deepEqual(rows, [{ reason: 'Again' }])
    assert.equal((await comment(bea, post.slug, 'x')).statusCode, 403)
    await sql`delete from bans where user_id = ${bea.id}`.execute(db)
  })

  test('made by two at once is one', async () => {
    const form = { who: '198.51.100.0/24', reason: 'Both' }
    const answers = await Promise.all([cleo, ada, cleo].map((person) => person.post(paths.admin.bans(), form)))
    assert.deepEqual(
      answers.map(({ statusCode }) => statusCode),
      [303, 303, 303],
    )
    const { rows } = await sql`select from bans where network = '198.51.100.0/24'`.execute(db)
    assert.equal(rows.length, 1)
  })

  const wrong: [string, Record<string, string>, string][] = [
    ['of nobody', { who: 'Nobody <b>' }, 'who'],
    ['of oneself', { who: 'cleo' }, 'who'],
    ['of the owner', { who: 'ada' }, 'who'],
    ['of half of the internet', { who: '10.0.0.0/8' }, 'who'],
    ['of everybody', { who: '::/0' }, 'who'],
    ['of one’s own range', { who: '127.0.0.0/16' }, 'who'],
    ['of one’s own address as a socket for both families writes it', { who: '::ffff:127.0.0.1' }, 'who'],
    ['of half of the internet in the other family’s words', { who: '::ffff:10.0.0.1/104' }, 'who'],
    ['of all of IPv4 in the other family’s words', { who: '::ffff:10.0.0.1/96' }, 'who'],
    ['of more than all of IPv4', { who: '::ffff:10.0.0.1/64' }, 'who'],
    ['of a range that is none', { who: '10.1.1.1/33' }, 'who'],
    ['of an address in a zone', { who: 'fe80::1%eth0' }, 'who'],
    ['without a reason', { who: 'rosa', reason: ' ' }, 'reason'],
    ['for longer than ten years', { who: 'rosa', days: '3651' }, 'days'],
    ['for days that are no number', { who: 'rosa', days: 'ten' }, 'days'],
  ]
  for (const [name, form, field] of wrong) {
    test(`${name} is refused, and comes back as typed`, async () => {
      const response = await cleo.post(paths.admin.bans(), { reason: 'Because', ...form })
      assert.equal(response.statusCode, 422)
      assert.ok(errorAt(response.body, field))
      assert.equal(fieldOf(response.body, field), form[field])
    })
  }

  test('is looked up by an index, however many there are', async () => {
    await sql`insert into bans (network, reason)
      select ('100.' || (n / 256 % 256) || '.' || (n % 256) || '.0/24')::inet, 'many' from generate_series(0, 19999) n
      on conflict do nothing`.execute(db)
    await sql`analyze bans`.execute(db)
    const { rows } = await sql<{ 'QUERY PLAN': string }>`
      explain select reason from bans where network >>= '203.0.113.1'::inet and lifted_at is null
        and (expires_at is null or expires_at > now())`.execute(db)
    assert.match(JSON.stringify(rows), /bans_network_idx/)
    await sql`delete from bans where reason = 'many'`.execute(db)
  })
})

async function ban(form: Record<string, string>): Promise<void> {
  const response = await cleo.post(paths.admin.bans(), form)
  assert.equal(response.statusCode, 303, response.body)
}

async function comment(person: Person, slug: string, body: string, ip?: string) {
  await sql`delete from attempts`.execute(db)
  return await person.post(paths.postComments(slug), { body }, ip ? { 'x-forwarded-for': ip } : {})
}

function idIn({ headers }: { headers: Record<string, unknown> }): number {
  return Number(/#comment-(\d+)$/.exec(String(headers.location))?.[1])
}
