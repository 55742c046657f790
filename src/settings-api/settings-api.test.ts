import assert from 'node:assert/strict'
import { test } from 'node:test'
import { program } from '../../test/api-client.ts'
import { testApp } from '../../test/app.ts'
import { paths } from '../paths.ts'

const { app, cast, db } = await testApp()
const { ada, ben, cleo, rosa } = cast
const adas = await program(app, db, ada)
const nobody = await program(app, db)
const path = paths.api.settings()

test('settings are for everyone as far as pages show them, and whole for the owner alone', async () => {
  await db.updateTable('settings').set({ comment_words_spam: 'casino', spam_check_key: 'a-secret-key' }).execute()
  const { data: open } = await nobody.get(path)
  assert.deepEqual([open.title, open.comments_are_open, open.menu], ['Test Notes', true, []])
  for (const name of ['comment_edit_minutes', 'comment_words_spam', 'comments_wait', 'version', 'spam_check_address'])
    assert.equal(name in open, false, name)
  for (const one of [ben, cleo, rosa]) {
    const { data } = await (await program(app, db, one)).get(path)
    assert.deepEqual(['comment_edit_minutes' in data, 'comment_words_spam' in data], [true, false])
  }
  const whole = await adas.get(path)
  assert.equal(whole.data.comment_words_spam, 'casino')
  for (const { body } of [whole, await nobody.get(path)]) assert.doesNotMatch(body, /secret|form_secret|spam_check_key/)
  assert.deepEqual((await nobody.get(`${path}?fields=title`)).data, { title: 'Test Notes' })
  assert.equal((await nobody.get(`${path}?fields=form_secret`)).statusCode, 422)
})

test('are changed by the owner, seen by the next page, and kept where nothing is said', async () => {
  const { headers, data: before } = await adas.get(path)
  const change = {
    title: 'By a program',
    menu: [{ words: 'About us', address: '/about' }],
    comments_are_open: false,
    comment_edit_minutes: 15,
    security_contact: 'safe@example.com',
    comment_words_wait: 'lottery\nfree*',
    spam_check_key: 'new',
  }
  for (const one of [ben, cleo, rosa])
    assert.equal((await (await program(app, db, one)).send('PATCH', path, change)).statusCode, 403)
  assert.equal((await nobody.send('PATCH', path, change)).statusCode, 401)
  const changed = await adas.send('PATCH', path, change, { 'if-match': String(headers.etag) })
  assert.equal(changed.statusCode, 200, changed.body)
  const { spam_check_key: _, ...shown } = change
  assert.deepEqual(changed.data, { ...before, ...shown, version: before.version + 3 })
  const front = await app.inject(paths.home())
  assert.match(front.body, /By a program/)
  assert.match(front.body, /<a href="\/about">About us<\/a>/)
  const row = await db.selectFrom('settings').selectAll().executeTakeFirstOrThrow()
  assert.equal(row.spam_check_key, 'new')

  const late = await adas.send('PATCH', path, { title: 'Late' }, { 'if-match': String(headers.etag) })
  assert.deepEqual([late.statusCode, late.data.code], [412, 'changed'])
  const events = await db
    .selectFrom('audit_events')
    .select(['action', 'actor_id'])
    .where('action', 'in', ['settings.changed', 'moderation.changed'])
    .execute()
  assert.deepEqual(events.map(({ action }) => action).toSorted(), [
    'moderation.changed',
    'settings.changed',
    'settings.changed',
  ])
  // A form that is open on a page was made before this.
  assert.equal((await adas.send('PATCH', path, { comments_are_open: true })).data.comment_edit_minutes, 15)
})

test('that cannot be are refused by the rules of the pages', async () => {
  const before = await db.selectFrom('settings').selectAll().executeTakeFirstOrThrow()
  const cases: [unknown, string][] = [
    [{}, ''],
    [{ title: ' ' }, '/title'],
    [{ title: '\u200b' }, '/title'],
    [{ title: '\u2800' }, '/title'],
    [{ title: 'x'.repeat(101) }, '/title'],
    [{ language: 'de-DE-DE' }, '/language'],
    [{ time_zone: 'Mars/Olympus' }, '/time_zone'],
    [{ menu: [{ words: 'Evil', address: 'javascript:alert(1)' }] }, '/menu'],
    [{ menu: [{ words: 'Two\nlines', address: '/x' }] }, '/menu/0/words'],
    [{ menu: Array.from({ length: 13 }, () => ({ words: 'a', address: '/a' })) }, '/menu'],
    [{ comments_are_open: 'yes' }, '/comments_are_open'],
    [{ comment_edit_minutes: -1 }, '/comment_edit_minutes'],
    [{ comment_edit_minutes: 525_601 }, '/comment_edit_minutes'],
    [{ comment_edit_minutes: 1.5 }, '/comment_edit_minutes'],
    [{ comment_links_wait: 101 }, '/comment_links_wait'],
    [{ comment_words_spam: '*' }, '/comment_words_spam'],
    [{ spam_check_address: 'ftp://example.com' }, '/spam_check_address'],
    [{ hub_url: 'not one' }, '/hub_url'],
    [{ security_contact: 'nobody' }, '/security_contact'],
    [{ form_secret: 'x' }, '/form_secret'],
    [{ version: 1 }, '/version'],
    // One group is right and the other is not: nothing is kept.
    [{ title: 'Not kept', hub_url: 'not one' }, '/hub_url'],
  ]
  for (const [body, pointer] of cases) {
    const { statusCode, data } = await adas.send('PATCH', path, body)
    assert.deepEqual([statusCode, data.errors?.[0]?.pointer], [422, pointer], JSON.stringify(body))
  }
  assert.deepEqual(await db.selectFrom('settings').selectAll().executeTakeFirstOrThrow(), before)
})

test('changed by ten at once for one state are changed once', async () => {
  const { headers } = await adas.get(path)
  const sent = await Promise.all(
    Array.from({ length: 10 }, (_, at) =>
      adas.send('PATCH', path, { description: `Number ${at}` }, { 'if-match': String(headers.etag) }),
    ),
  )
  assert.deepEqual(sent.map(({ statusCode }) => statusCode).toSorted(), [200, ...Array(9).fill(412)])
})
