// `bloggy export --sqlite FILE`: the blog as a file for the Bloggy that came before this one.
import { commandLine, quoted } from '../command-line.ts'
import { loadConfig } from '../config.ts'
import { limitsOf, withDatabase } from '../db/open.ts'
import { type ExportReport, exportSqlite } from '../export/bloggy-sqlite.ts'
import { bytes, duration, progressLine } from '../import/progress.ts'
import { requireSchema } from './require-schema.ts'
import { untilStopped } from './until-stopped.ts'

export async function exportBlog(options: { sqlite: string; drafts?: boolean; json?: boolean }): Promise<void> {
  const config = loadConfig()
  const withDrafts = options.drafts ?? false
  await withDatabase(config, async ({ reader, target }) => {
    await requireSchema(reader)
    const begun = performance.now()
    const report = await untilStopped(async (signal) => {
      const line = progressLine(process.stderr)
      const onProgress = options.json ? () => {} : line.update
      try {
        return await exportSqlite(target, limitsOf(config), { file: options.sqlite, withDrafts, signal, onProgress })
      } finally {
        line.end()
      }
    })
    if (options.json) return console.log(JSON.stringify(report, null, 2))
    console.log(describe(report, withDrafts, performance.now() - begun))
  })
}

function describe(report: ExportReport, withDrafts: boolean, ms: number): string {
  const { file, bytes: size, tables, leftOut } = report
  const width = Math.max(...tables.map(({ name }) => name.length))
  const numberWidth = Math.max(...tables.map(({ rows }) => number(rows).length))
  const rows = tables.map(({ name, rows }) => `  ${name.padEnd(width)}  ${number(rows).padStart(numberWidth)}`)
  const sections = [
    `Wrote ${file}: ${bytes(size)} in ${duration(ms)}, for the older Bloggy.`,
    rows.join('\n'),
    section('Left out:', listLeftOut(leftOut, withDrafts)),
    section('Not the same there:', listDifferences(report, withDrafts)),
    section('Next:', [
      'The file holds addresses and password hashes; only your account may read it.',
      `${commandLine(`import ${quoted(file)} --inspect`)} looks into it again.`,
      'Stop the older Bloggy, put the file in place of its database, start it.',
    ]),
  ]
  return sections.filter(Boolean).join('\n\n')
}

function listLeftOut(leftOut: ExportReport['leftOut'], withDrafts: boolean): string[] {
  const { hidden_comments, deleted, events, tags, series, co_authors, sessions, leftovers } = leftOut
  const { unshown_comments, old_addresses, redirects, pictures } = leftOut
  const hidden = withDrafts ? '' : hiddenPosts(leftOut)
  return [
    hidden !== '' && `${hidden}, because the older Bloggy shows every post to everybody; --drafts takes them along`,
    hidden !== '' && hidden_comments > 0 && `${count(hidden_comments, 'comment')} on these`,
    unshown_comments > 0 && `${count(unshown_comments, 'comment')} deleted or not shown to readers`,
    deleted > 0 && `${count(deleted, 'deleted post')} with what was said about it, in the bin`,
    events > 0 &&
      `${count(events, 'entry', 'entries')} of the record of what was done here; only those of the older Bloggy go back`,
    tags > 0 && `${count(tags, 'tag')}: the older Bloggy has none`,
    series > 0 && `${count(series, 'series', 'series')}: the parts go along, each on its own`,
    co_authors > 0 && `${count(co_authors, 'co-author')}: a post has one author there`,
    old_addresses > 0 && `${count(old_addresses, 'old address', 'old addresses')} of posts`,
    redirects > 0 && `${count(redirects, 'redirect')}`,
    pictures > 0 &&
      `${count(pictures, 'picture')} of the library: texts keep their addresses, which lead nowhere there`,
    sessions > 0 && `${count(sessions, 'session')}: people sign in again`,
    leftovers > 0 && `${count(leftovers, 'leftover')} of earlier imports`,
    'the settings, the addresses of posts in words, when posts and comments were edited, and which comment answers which',
  ].filter((line) => line !== false)
}

function listDifferences({ leftOut, tables }: ExportReport, withDrafts: boolean): string[] {
  const { new_passwords, unconfirmed, oauth_tokens } = leftOut
  const pages = leftOut.pages + (withDrafts ? leftOut.hidden_pages : 0)
  const formatted = tables.find(({ name }) => name === 'bloggy_posts')?.rows ?? 0
  return [
    withDrafts && hiddenPosts(leftOut) !== '' && `${hiddenPosts(leftOut)}: public there; drafts have no date`,
    pages > 0 && `${count(pages, 'page')}: a post among the others there, with comments`,
    new_passwords > 0 &&
      `${count(new_passwords, 'password')} of this Bloggy (argon2id), which the older one cannot read: these people need a new one`,
    unconfirmed > 0 &&
      `${count(unconfirmed, 'account')} with an address that was never confirmed: pending, so nobody signs in`,
    formatted > 0 &&
      `${count(formatted, 'post')} in Markdown or HTML: shown as written; the table bloggy_posts keeps their form for a way back here`,
    oauth_tokens > 0 &&
      `${count(oauth_tokens, 'OAuth token')} encrypted by this Bloggy, which the older one cannot read: the next sign-in there brings new ones`,
  ].filter((line) => line !== false)
}

function hiddenPosts({ drafts, scheduled, restricted }: ExportReport['leftOut']): string {
  const parts = [
    drafts > 0 && count(drafts, 'draft'),
    scheduled > 0 && count(scheduled, 'scheduled post'),
    restricted > 0 && `${count(restricted, 'post')} not for everybody`,
  ]
  return parts.filter(Boolean).join(' and ')
}

function section(title: string, lines: string[]): string {
  return lines.length > 0 ? [title, ...lines.map((line) => `  ${line}`)].join('\n') : ''
}

const number = (value: number) => value.toLocaleString('en')
const count = (value: number, one: string, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`
