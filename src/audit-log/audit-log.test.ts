// Who did what to what, and from where: found again, walked through, and taken away as a file.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { program } from '../../test/api-client.ts'
import { testApp } from '../../test/app.ts'
import { newcomer } from '../../test/cast.ts'
import { nextPage, publishPost } from '../../test/pages.ts'
import { cameBy } from '../audit/queries.ts'
import type { Origin } from '../audit/way.ts'
import { paths } from '../paths.ts'
import { csvCell, eventsOnPage } from './filters.ts'
import { listEvents } from './queries.ts'

const { app, cast, db } = await testApp()
const { ada, ben, cleo, rosa, dev } = cast

describe('the audit log', () => {
  test('is for those who manage people', async () => {
    const [{ id } = { id: 0 }] = await db.selectFrom('audit_events').select('id').limit(1).execute()
    for (const path of [
      paths.admin.audit(),
      paths.admin.auditFile('csv'),
      paths.admin.auditFile('jsonl'),
      paths.admin.auditEvent(id),
    ]) {
      assert.equal((await dev.get(path)).statusCode, 303, path)
      for (const person of [rosa, ben, cleo]) assert.equal((await person.get(path)).statusCode, 403, path)
      assert.equal((await ada.get(path)).statusCode, 200, path)
    }
    await sql`insert into roles (name) values ('keeper')`.execute(db)
    await sql`insert into role_permissions (role_id, permission_id) select roles.id, permissions.id from roles, permissions
      where roles.name = 'keeper' and permissions.name = 'user.manage'`.execute(db)
    const keeper = await newcomer(app, db, 'Keeper', 'keeper')
    assert.equal((await keeper.get(paths.admin.audit())).statusCode, 200)
  })

  test('is narrowed by who, deed, thing, days and address, all at once', async () => {
    const writer = await newcomer(app, db, 'Wim', 'author')
    const post = await publishPost(writer)
    await sql`insert into audit_events (action, actor_id, subject_type, subject_id, client_ip, created_at) values
      ('test.one', ${writer.id}, 'post', ${post.id}, '203.0.113.5', '2021-05-01 23:59:59.999Z'),
      ('test.one', ${writer.id}, 'post', 7, '203.0.113.5', '2021-05-02 00:00Z'),
      ('test.two', ${writer.id}, 'post', ${post.id}, '203.0.113.6', '2021-05-01 00:00Z'),
      ('test.one', null, 'post', ${post.id}, '203.0.113.5', '2021-05-01 12:00Z')`.execute(db)
    const count = async (query: Record<string, string>) =>
      actionsIn((await ada.get(paths.admin.audit(query))).body).length
    assert.equal(await count({ action: 'test.one' }), 3)
    assert.equal(await count({ action: 'test.one', who: 'wim' }), 2)
    assert.equal(await count({ action: 'test.one', who: 'Wim', from: '2021-05-01', to: '2021-05-01' }), 1)
    assert.equal(await count({ action: 'test.one', who: '-' }), 1)
    assert.equal(await count({ address: '203.0.113.5' }), 3)
    assert.equal(await count({ type: 'post', subject: String(post.id), from: '2021-05-01', to: '2021-05-02' }), 3)
    assert.equal(await count({ to: '2021-05-01' }), 3)
    assert.equal(await count({ from: '2021-05-02', to: '2021-05-02' }), 1)
    assert.equal(await count({ who: 'Nemo' }), 0)
    const { body } = await ada.get(paths.admin.audit({ action: 'test.one', from: '2021-05-01' }))
    assert.match(body, /<option value="test\.one" selected>/)
    assert.match(body, /name="from" type="date" value="2021-05-01"/)
    assert.match(body, /events\.csv\?action=test\.one&amp;from=2021-05-01/)
    assert.match(
      (await ada.get(paths.admin.audit({ action: 'test.one', from: '2099-01-01' }))).body,
      /Nothing like that is in the log/,
    )
  })

  test('lists nothing where a filter makes no sense, and the form comes back with what was typed', async () => {
    const cases: [query: string, field: string, typed: string, said: RegExp][] = [
      ['from=2021-13-01', 'from', '2021-13-01', /“2021-13-01” is no day/],
      ['from=yesterday', 'from', 'yesterday', /“yesterday” is no day/],
      ['to=2021-02-30', 'to', '2021-02-30', /is no day/],
      ['from=2021-05-02&to=2021-05-01', 'to', '2021-05-01', /before the first/],
      ['type=post&subject=abc', 'subject', 'abc', /“abc” is no number/],
      ['type=post&subject=99999999999999999999', 'subject', '99999999999999999999', /is no number/],
      ['subject=7', 'subject', '7', /A number alone names nothing/],
      ['address=1.2.3', 'address', '1.2.3', /is no network address/],
      ['who=Nemo', 'who', 'Nemo', /nobody called “Nemo”/],
      ['who=a&who=b', 'who', '', /Give this once/],
    ]
    for (const [query, field, typed, said] of cases) {
      const { statusCode, body } = await ada.get(`${paths.admin.audit()}?${query}`)
      assert.equal(statusCode, 200, query)
      const [input = ''] = new RegExp(`<input id="filter-${field}"[^>]*>`).exec(body) ?? []
      assert.ok(input.includes(`value="${typed}"`) && /aria-invalid="true"/.test(input), `${query}: ${input}`)
      assert.match(body, said)
      assert.deepEqual(actionsIn(body), [], query)
      assert.equal((await ada.get(`${paths.admin.auditFile('csv')}?${query}`)).statusCode, 422, query)
    }
    for (const [query, chosen] of [
      ['action=never.done', 'never.done'],
      ['type=%27', '&#39;'],
      ['way=by-air', 'by-air'],
    ] as const) {
      const { body } = await ada.get(`${paths.admin.audit()}?${query}`)
      assert.match(body, new RegExp(`<option value="${chosen}" selected>`), query)
      assert.match(body, /class="error"/)
      assert.deepEqual(actionsIn(body), [], query)
    }
  })

  test('says by which way each deed came, and is narrowed by it', async () => {
    const script = await program(app, db, ada)
    await sql`update api_tokens set name = 'My <script>' where user_id = ${ada.id}`.execute(db)
    const { id } = (await script.send('POST', paths.api.posts(), { title: 'By a token', body: 'x' })).data
    const page = await publishPost(ada)
    const lines = async (query: Record<string, string>) => (await ada.get(paths.admin.audit(query))).body
    const ofPost = await lines({ type: 'post', subject: String(id) })
    assert.match(ofPost, /by the token “My &lt;script&gt;”/)
    assert.match(await lines({ way: 'token', token: 'My <script>' }), new RegExp(`post ${id}</a>`))
    assert.doesNotMatch(await lines({ way: 'web' }), new RegExp(`post ${id}</a>`))
    assert.match(await lines({ way: 'web' }), new RegExp(`post ${page.id}</a>`))
    await sql`insert into audit_events (action, origin) values ('legacy.event', 'job'), ('test.job', 'job')`.execute(db)
    assert.deepEqual(actionsIn(await lines({ way: 'job' })), ['test.job'])
    assert.ok(actionsIn(await lines({ way: 'legacy' })).every((action) => action === 'legacy.event'))
    const { body } = await ada.get(paths.admin.auditFile('jsonl', { token: 'My <script>' }))
    const { origin, token_name } = JSON.parse(body.split('\n')[0] ?? '') as Record<string, string>
    assert.deepEqual([origin, token_name], ['token', 'My <script>'])
  })

  test('has no fault for what a stranger thinks of', async () => {
    for (const query of ['action[]=x', 'token=%00', 'way=%ff', 'who=%00'])
      assert.ok((await ada.get(`${paths.admin.audit()}?${query}`)).statusCode < 500, query)
    assert.equal((await ada.get(paths.admin.audit({ before: 'x' }))).statusCode, 404)
    assert.equal((await ada.get(paths.admin.audit({ before: '9999999999999999-1' }))).statusCode < 500, true)
    assert.equal((await ada.get(paths.admin.auditEvent(999_999_999))).statusCode, 404)
    assert.equal((await ada.get('/admin/audit/events.xml')).statusCode, 404)
  })

  test('is walked through newest first, each line once, also of one moment', async () => {
    const many = eventsOnPage * 2 + 7
    await sql`insert into audit_events (action, created_at) select 'walk.step', timestamptz '2019-01-01' + n / 20 * interval '1 second' from generate_series(1, ${many}::int) n`.execute(
      db,
    )
    const seen: string[] = []
    for (let next: string | undefined = paths.admin.audit({ action: 'walk.step' }); next;) {
      const { body } = await ada.get(next)
      const ids = [...body.matchAll(/<a href="\/admin\/audit\/(\d+)">/g)].map(([, id]) => id ?? '')
      assert.ok(ids.length <= eventsOnPage)
      seen.push(...ids)
      next = nextPage(body)
    }
    assert.equal(seen.length, many)
    assert.equal(new Set(seen).size, many)
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => Number(b) - Number(a)),
    )
  })

  test('shows one line with its details and the way to what it is about, while that is here', async () => {
    const post = await publishPost(ben)
    const { id } = await db
      .insertInto('audit_events')
      .values({
        action: 'detail.shown',
        subject_type: 'post',
        subject_id: post.id,
        details: { title: { from: '<b>', to: 'x' } },
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const { body } = await ada.get(paths.admin.auditEvent(id))
    assert.match(body, new RegExp(`<a href="/admin/posts/${post.id}">post ${post.id}</a>`))
    assert.match(body, /&quot;from&quot;: &quot;&lt;b&gt;&quot;/)
    await sql`delete from posts where id = ${post.id}`.execute(db)
    const after = (await ada.get(paths.admin.auditEvent(id))).body
    assert.doesNotMatch(after, new RegExp(`href="/admin/posts/${post.id}"`))
    assert.match(after, /gone, or without a page/)
  })

  test('shows what an older Bloggy wrote down with where it comes from', async () => {
    const row = {
      action: 'legacy.event',
      origin: 'auth',
      description: 'User {id} logged in',
      created_at: new Date('2012-01-01T00:00Z'),
    }
    const { id } = await db.insertInto('audit_events').values(row).returning('id').executeTakeFirstOrThrow()
    assert.match(
      (await ada.get(paths.admin.audit({ action: 'legacy.event' }))).body,
      /User \{id\} logged in[^]*?from the older Bloggy/,
    )
    assert.match((await ada.get(paths.admin.auditEvent(id))).body, /from the older Bloggy \(auth\)/)
  })
})

describe('the file of the audit log', () => {
  test('has the same lines as the page, as CSV and as JSON lines, filtered alike', async () => {
    await sql`insert into audit_events (action, actor_id, subject_type, subject_id, description, details, client_ip, created_at)
      select 'file.line', ${ben.id}, 'post', n, 'Line ' || n || ', "quoted"' || E'\nnext', jsonb_build_object('n', n), '203.0.113.9', timestamptz '2018-01-01' + n / 3 * interval '1 second'
        from generate_series(1, 2100) n`.execute(db)
    const csv = await ada.get(paths.admin.auditFile('csv', { action: 'file.line', who: 'ben' }))
    assert.match(String(csv.headers['content-type']), /^text\/csv/)
    assert.match(String(csv.headers['content-disposition']), /attachment; filename="audit-log\.csv"/)
    const lines = csv.body.split('\r\n')
    assert.equal(lines.length, 2102)
    assert.equal(
      lines[0],
      'id,created_at,actor_id,actor_name,action,subject_type,subject_id,client_ip,origin,token_name,description,details',
    )
    assert.match(
      lines[1] ?? '',
      /^\d+,2018-01-01T00:11:40\.000Z,\d+,Ben,file\.line,post,2100,203\.0\.113\.9,web,,"Line 2100, ""quoted""\nnext","\{""n"": 2100\}"$/,
    )
    const jsonl = await ada.get(paths.admin.auditFile('jsonl', { action: 'file.line', who: 'ben' }))
    const rows = jsonl.body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { subject_id: number; details: { n: number } })
    assert.deepEqual(
      rows.map(({ subject_id }) => subject_id),
      Array.from({ length: 2100 }, (_, index) => 2100 - index),
    )
    assert.deepEqual(rows[0]?.details, { n: 2100 })
    assert.equal((await ada.get(paths.admin.auditFile('jsonl', { who: '-', token: 'none' }))).body, '')
  })

  test('holds no formula for a spreadsheet', async () => {
    for (const evil of ['=1+1', '+1', '-1', '@x', '\t=1', '\r=1', '=cmd|x,"y"']) {
      assert.match(csvCell(evil), /^"?'/)
      await sql`insert into audit_events (action, description) values ('formula.tried', ${evil})`.execute(db)
    }
    const { body } = await ada.get(paths.admin.auditFile('csv', { action: 'formula.tried' }))
    assert.equal(body.match(/,"?'[=+\-@\t\r]/g)?.length, 7)
    assert.doesNotMatch(body, /,"?[=+@\t]/)
  })
})

describe('a million lines', () => {
  test('are never read one by one: every filter has an index in the order of the list', async () => {
    await sql`insert into audit_events (action, actor_id, subject_type, subject_id, client_ip, origin, token_name, created_at)
      select 'many.' || n % 20, case when n % 50 = 0 then ${ben.id}::bigint else ${ada.id}::bigint end, 'post', n % 1000, '198.51.100.' || n % 200,
        case n % 100 when 0 then 'job' when 1 then 'token' else 'web' end, case n % 100 when 1 then 'Many' end,
        timestamptz '2015-01-01' + n * interval '1 minute' from generate_series(1, 60000) n`.execute(db)
    await sql`analyze audit_events`.execute(db)
    for (const filters of [
      {},
      { who: 'ben' },
      { action: 'many.7' },
      { type: 'post', subject: '77' },
      { address: '198.51.100.7' },
      { from: '2015-01-05', to: '2015-01-06' },
      { who: 'ben', action: 'many.0' },
      { way: 'job' },
      { way: 'web' },
      { token: 'Many' },
    ] as Record<string, string>[]) {
      const { events } = await listEvents(db, filters)
      assert.equal(events.length, eventsOnPage)
      const { rows } = await sql<{ 'QUERY PLAN': string }>`explain ${planned(filters)}`.execute(db)
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
      assert.doesNotMatch(plan, /Seq Scan on audit_events/, plan)
    }
  })

  function planned({ who, action, type, subject, address, from, way, token }: Record<string, string>) {
    const conditions = [
      who && sql`actor_id = ${ben.id}`,
      action && sql`action = ${action}`,
      type && sql`subject_type = ${type} and subject_id = ${Number(subject)}`,
      address && sql`client_ip = ${address}`,
      from && sql`created_at >= ${from}::timestamptz`,
      way && cameBy(way as Origin),
      token && sql`token_name = ${token}`,
    ].filter((condition) => typeof condition === 'object')
    const where = conditions.length > 0 ? sql`where ${sql.join(conditions, sql` and `)}` : sql``
    return sql`select * from audit_events ${where} order by created_at desc, id desc limit 51`
  }
})

function actionsIn(body: string): string[] {
  return [...body.matchAll(/<a href="\/admin\/audit\/\d+">([^<]+)/g)].map(([, action]) => action ?? '')
}
