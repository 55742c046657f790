// The calendar: which posts are on which day, in the zone of the blog.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { fieldOf, publishPost, unescaped, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { mostOnDay } from './month.ts'

const { cast, db, settings } = await testApp()
const { ada, ben, bea, cleo, rosa, dev } = cast

describe('the calendar', () => {
  test('has scheduled and published posts on their day, with links to write on', async () => {
    const waits = await writePost(ben, { title: 'On its way' })
    await ben.post(paths.admin.schedule(waits.id), { appears_at: '2031-03-09T18:30' })
    const out = await publishedAt('2019-03-09T18:30:00Z', { title: 'Long out' })
    const scheduled = dayOf((await ben.get(paths.admin.calendar('2031-03'))).body, '2031-03-09')
    assert.match(scheduled, new RegExp(`href="${paths.admin.post(waits.id)}"`))
    assert.match(scheduled, /6:30\sPM<\/span> On its way/)
    assert.match(scheduled, /<li class="waits">(?:(?!<\/li>).)* scheduled/)
    const published = dayOf((await ben.get(paths.admin.calendar('2019-03'))).body, '2019-03-09')
    assert.match(published, new RegExp(`href="${paths.admin.post(out)}"`))
    assert.doesNotMatch(published, /scheduled/)
    assert.doesNotMatch((await ben.get(paths.admin.calendar('2019-04'))).body, /Long out/)
  })

  test('follows the zone of the blog, which it names', async () => {
    await publishedAt('2018-06-30T22:30:00Z', { title: 'Past midnight' })
    assert.match(dayOf((await ben.get(paths.admin.calendar('2018-06'))).body, '2018-06-30'), /10:30\sPM<\/span> Past/)
    await zone('Europe/Berlin')
    const { body } = await ben.get(paths.admin.calendar('2018-07'))
    assert.match(dayOf(body, '2018-07-01'), /12:30\sAM<\/span> Past midnight/)
    assert.match(body, /those of the blog: Europe\/Berlin/)
    assert.doesNotMatch((await ben.get(paths.admin.calendar('2018-06'))).body, /Past midnight/)
    await zone('UTC')
  })

  test('writes times as the language of the blog does', async () => {
    await publishedAt('2015-06-30T22:30:00Z', { title: 'Am Abend' })
    await db.updateTable('settings').set({ language: 'de' }).execute()
    await settings.refresh()
    assert.match(dayOf((await ben.get(paths.admin.calendar('2015-06'))).body, '2015-06-30'), />22:30<\/span> Am Abend/)
    await db.updateTable('settings').set({ language: 'en' }).execute()
    await settings.refresh()
  })

  test('leads from a day to come to a new post, and the day goes along into the form for its moment', async () => {
    assert.doesNotMatch((await ben.get(paths.admin.calendar('2020-01'))).body, /Write a post/)
    const day = dayOf((await ben.get(paths.admin.calendar('2031-03'))).body, '2031-03-09')
    const href = unescaped(/<a class="begin" href="([^"]+)"/.exec(day)?.[1] ?? '')
    const begun = (await ben.get(href)).body
    assert.equal(fieldOf(begun, 'day'), '2031-03-09')
    assert.match(begun, /For <time[^>]*>March 9, 2031<\/time>/)
    const form = { title: 'For a day', body: 'x', day: '2031-03-09' }
    const saved = await ben.post(paths.admin.posts(), form)
    const edited = (await ben.get(String(saved.headers.location))).body
    assert.equal(fieldOf(edited, 'appears_at'), '2031-03-09T09:00')
    assert.match(edited, /<details class="calm" open>/)
    // The editor has made the post before the button is pressed.
    const { id } = await writePost(ben, { title: 'Begun' })
    const again = await ben.post(paths.admin.post(id), { ...form, version: '1' })
    assert.equal(again.headers.location, paths.admin.post(id, '2031-03-09'))
    for (const wrong of ['2031-02-30', 'x', '2031-03-09T10:00']) {
      assert.equal(fieldOf((await ben.get(paths.admin.newPost(wrong))).body, 'day'), undefined, wrong)
      assert.equal(fieldOf((await ben.get(paths.admin.post(id, wrong))).body, 'appears_at'), '', wrong)
    }
  })

  test('marks today, and begins with this month', async () => {
    const [today] = new Date().toISOString().split('T')
    const { body } = await ben.get(paths.admin.calendar())
    assert.match(dayOf(body, today ?? ''), /aria-current="date"/)
    assert.equal(body.match(/aria-current="date"/g)?.length, 1)
    assert.doesNotMatch((await ben.get(paths.admin.calendar('2019-01'))).body, /aria-current="date"/)
  })

  test('leads to the months before and after, also over a year', async () => {
    const { body } = await ben.get(paths.admin.calendar('2020-01'))
    assert.equal(linkOf(body, 'prev'), paths.admin.calendar('2019-12'))
    assert.equal(linkOf(body, 'next'), paths.admin.calendar('2020-02'))
    assert.match(body, /aria-label="The month before" title="The month before">/)
    assert.equal(linkOf((await ben.get(paths.admin.calendar('1900-01'))).body, 'prev'), undefined)
    assert.equal(linkOf((await ben.get(paths.admin.calendar('2199-12'))).body, 'next'), undefined)
  })

  test('is a table with a heading for each day of the week, Monday first', async () => {
    const { body } = await ben.get(paths.admin.calendar('2020-02'))
    const headings = [...body.matchAll(/<th scope="col"><abbr title="(\w+)">/g)].map(([, name]) => name)
    assert.deepEqual(headings, ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'])
    const days = [...body.matchAll(/<time datetime="(\d{4}-\d\d-\d\d)">/g)].map(([, day]) => day)
    assert.equal(days[0], '2020-01-27')
    assert.equal(days.at(-1), '2020-03-01')
    assert.equal(days.length, 35)
    assert.match(body, /<caption/)
  })

  test('shows a few posts of a busy day and says how many more there are', async () => {
    for (let count = 0; count < mostOnDay + 3; count++) await publishedAt('2017-05-05T10:00:00Z', { title: 'Busy' })
    const day = dayOf((await ben.get(paths.admin.calendar('2017-05'))).body, '2017-05-05')
    assert.equal(day.match(/Busy/g)?.length, mostOnDay)
    assert.match(day, /and 3 more/)
  })

  test('has the own posts of an author and everybody’s for who edits them', async () => {
    await publishedAt('2016-02-29T10:00:00Z', { title: 'Of Ben alone' })
    for (const [who, sees] of [
      [ben, true],
      [ada, true],
      [cleo, true],
      [bea, false],
    ] as const) {
      const { body } = await who.get(paths.admin.calendar('2016-02'))
      assert.equal(body.includes('Of Ben alone'), sees, who.name)
    }
    const shared = await publishedAt('2016-03-01T10:00:00Z', { title: 'Of Ben and Bea', authors: 'bea' })
    assert.match((await bea.get(paths.admin.calendar('2016-03'))).body, new RegExp(paths.admin.post(shared)))
    assert.match((await bea.get(paths.admin.calendar('2016-02'))).body, /Nothing is published or scheduled/)
    assert.equal((await rosa.get(paths.admin.calendar())).statusCode, 403)
    assert.equal((await dev.get(paths.admin.calendar())).statusCode, 303)
  })

  test('has neither drafts nor what is in the bin, nor what an older blog did not date', async () => {
    await writePost(ben, { title: 'A mere draft' })
    await publishedAt('1970-01-01T00:00:00Z', { title: 'Undated' })
    const gone = await publishPost(ben, { title: 'Thrown away' })
    await ben.post(paths.admin.postDeletion(gone.id))
    assert.doesNotMatch((await ben.get(paths.admin.calendar())).body, /A mere draft|Thrown away/)
    assert.doesNotMatch((await ben.get(paths.admin.calendar('1970-01'))).body, /Undated/)
  })

  test('of a month that is none is not found', async () => {
    for (const month of [
      '',
      '2020',
      '2020-13',
      '2020-00',
      '1899-12',
      '2200-01',
      '2020-1',
      'x',
      '2020-01-01',
      '9999-99',
    ]) {
      const { statusCode } = await ben.get(`${paths.admin.calendar()}?month=${month}`)
      assert.equal(statusCode, 404, month)
    }
    assert.equal((await ben.get(`${paths.admin.calendar()}?month=2020-01&month=2020-02`)).statusCode, 404)
  })
})

async function publishedAt(moment: string, form: Record<string, string>): Promise<number> {
  const { id } = await publishPost(ben, form)
  await db
    .updateTable('posts')
    .set({ published_at: new Date(moment) })
    .where('id', '=', id)
    .execute()
  return id
}

async function zone(time_zone: string): Promise<void> {
  await db.updateTable('settings').set({ time_zone }).execute()
  await settings.refresh()
}

/** The cell of a day. */
function dayOf(html: string, day: string): string {
  const cells = html.split(/(?=<td)/)
  return cells.find((cell) => cell.includes(`<time datetime="${day}">`)) ?? assert.fail(`no ${day}`)
}

function linkOf(html: string, rel: string): string | undefined {
  const found = new RegExp(`rel="${rel}" href="([^"]+)"`).exec(html)?.[1]
  return found && unescaped(found)
}
