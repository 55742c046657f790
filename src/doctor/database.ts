// What is in the database: is the schema the one of this program, and is what it holds whole.
import { describeSchema } from '../db/describe.ts'
import {
  type Reference,
  checkIndex,
  countOrphans,
  findIndexChecker,
  listBtrees,
  listCounters,
  listInvalidIndexes,
  listLooseRules,
  listReferences,
  readServer,
} from '../db/condition.ts'
import { readSchemaState } from '../db/migrate.ts'
import { commandLine } from '../command-line.ts'
import { version } from '../version.ts'
import { type Database, type Told, count, named, notice, orOk, wrong } from './finding.ts'
import { readSchemaFile } from './installation.ts'
import { countMiscounted } from './queries.ts'
import { type Difference, differencesOf } from './schema-parts.ts'

/** Which migrations ran, against those that this program has. */
export async function checkMigrations({ sql }: Database): Promise<Told[]> {
  const state = await readSchemaState(sql)
  const found: Told[] = []
  if (state.changed.length > 0)
    found.push(
      wrong(
        `${named(state.changed)} ${state.changed.length === 1 ? 'was' : 'were'} edited after running here.`,
        'Restore these files of db/migrations as they were.',
      ),
    )
  if (state.unknown.length > 0)
    found.push(
      wrong(
        `The schema is newer than this Bloggy ${version}: it has ${named(state.unknown)}.`,
        'Start the Bloggy that made it, or a later one.',
      ),
    )
  if (state.ahead.length > 0)
    found.push(
      notice(
        `The schema is of a later Bloggy, with which ${version} may go on: it has ${named(state.ahead)}.`,
        'Start the later one when you can.',
      ),
    )
  if (state.pending.length > 0)
    found.push(
      wrong(
        `${count(state.pending.length, 'migration')} of Bloggy ${version} did not run: ${named(state.pending)}.`,
        commandLine('upgrade'),
      ),
    )
  return orOk(found, `The schema is the one of Bloggy ${version}: ${count(state.applied.length, 'migration')}.`)
}

/** The schema as it is, against db/schema.sql, and what is half there. */
export async function checkSchema(around: Database): Promise<Told[]> {
  const { sql } = around
  const [invalid, loose, { version_number }] = [
    await listInvalidIndexes(sql),
    await listLooseRules(sql),
    await readServer(sql),
  ]
  const found = invalid.map(({ name, is_building }) =>
    is_building
      ? notice(`The index ${name} is being made just now.`, 'Ask again when that is done.')
      : wrong(`The index ${name} is invalid: it is kept up to date and used by nothing.`, rebuild(name)),
  )
  for (const { kind, name, table } of loose)
    found.push(
      kind === 'trigger'
        ? wrong(`The trigger ${name} of ${table} is turned off.`, `SQL: alter table ${table} enable trigger "${name}"`)
        : wrong(
            `The rule ${name} of ${table} was never compared with the rows that are there.`,
            `SQL: alter table ${table} validate constraint "${name}"`,
          ),
    )
  const said = new Set([...invalid, ...loose].map(({ name }) => name))
  // Another major version writes the same rules in other words.
  const isComparable = version_number < 170_000
  const differences = differencesOf(readSchemaFile(), await describeSchema(sql)).filter(
    ({ part, kind }) => !said.has(part.name) && (isComparable || kind === 'missing'),
  )
  found.push(...differences.slice(0, mostTold).map(tell))
  if (differences.length > mostTold)
    found.push(
      wrong(`${differences.length - mostTold} more things differ from db/schema.sql.`, 'Mend the first and ask again.'),
    )
  return orOk(found, 'Tables, rules, indexes, functions and triggers are those of db/schema.sql.')
}

const mostTold = 20

const rebuild = (name: string) =>
  // What a reindex that was cut off left behind; the index itself is there.
  /_cc(new|old)\d*"?$/.test(name)
    ? `SQL: drop index concurrently ${name}`
    : `SQL: reindex index concurrently ${name}; where that finds duplicates, take those away first`
const concurrently = (definition: string) =>
  definition.replace(/^CREATE (UNIQUE )?INDEX /, 'CREATE $1INDEX CONCURRENTLY ')

function tell({ part: { kind, name, table, text }, kind: difference }: Difference): Told {
  const of = kind === 'table' || kind === 'function' ? '' : ` of ${table}`
  if (difference === 'extra')
    return notice(
      `The ${kind} ${name}${of} is not Bloggy's.`,
      `Take it away unless you know what it is for${kind === 'column' || kind === 'table' ? '; backups leave it out' : ''}.`,
    )
  if (difference === 'other')
    return wrong(
      `The ${kind} ${name}${of} is not as Bloggy made it: ${text.split('\n', 1)[0]?.slice(0, 200)}`,
      'Make it as db/schema.sql has it.',
    )
  const todo = {
    table: 'Restore a backup: its rows are gone with it.',
    column: 'Restore a backup: what was in it is gone.',
    constraint: `SQL: alter table ${table} add constraint ${name} ${text}`,
    index: `SQL: ${concurrently(text)}`,
    function: 'Run its statement in db/schema.sql.',
    trigger: `SQL: ${text.replace(/;$/, '')}`,
  }[kind]
  return wrong(`The ${kind} ${name}${of} is missing.`, todo)
}

export async function checkChecksums(around: Database): Promise<Told[]> {
  const { sql, isWhole, isLate, onProgress } = around
  const { has_checksums, checksum_failures } = await readServer(sql)
  const found: Told[] = []
  if (checksum_failures > 0)
    found.push(
      wrong(
        `PostgreSQL read ${count(checksum_failures, 'page')} whose checksum is not theirs: the disk returns something else than was written.`,
        'Make a backup at once, look at the disk, and restore onto another one.',
      ),
    )
  const checker = await findIndexChecker(sql)
  const looked = { indexes: 0, all: 0 }
  if (checker.is_installed && checker.schema) {
    const indexes = await listBtrees(sql)
    const total = indexes.reduce((sum, { bytes }) => sum + bytes, 0)
    looked.all = indexes.length
    let done = 0
    for (const { name, bytes } of indexes) {
      if (isLate()) break
      onProgress({ label: `index ${name}`, done, total, unit: 'bytes' })
      const trouble = await checkIndex(sql, checker.schema, name).then(() => undefined, asTrouble)
      if (trouble)
        found.push(wrong(`The index ${name} is damaged: ${trouble}`, `SQL: reindex index concurrently ${name}`))
      done += bytes
      looked.indexes++
    }
  }
  if (!has_checksums)
    found.push(
      notice(
        'PostgreSQL keeps no checksums of its pages, so it would not notice a disk that loses bits.',
        'Stop PostgreSQL and run pg_checksums --enable on its data folder.',
      ),
    )
  const more = looked.indexes < looked.all && !isWhole ? `; the rest with --all` : ''
  const inside = checker.is_installed
    ? `${looked.indexes} of ${count(looked.all, 'index', 'indexes')} looked into${more}`
    : 'the insides of indexes not looked into, without the extension amcheck'
  return orOk(found, `PostgreSQL keeps checksums of its pages and found no wrong one; ${inside}.`)
}

/** Damage is said in words; that one may not look is thrown. */
function asTrouble(error: { code?: string; message: string }): string {
  if (error.code === '42501')
    throw new Error(`${error.message}; as superuser: grant execute on function bt_index_check(regclass) to this role`)
  if (error.code === '57014') throw error
  return error.message
}

export async function checkReferences(around: Database): Promise<Told[]> {
  const { sql, isLate, onProgress } = around
  const references = await listReferences(sql)
  const total = references.reduce((sum, { about_rows }) => sum + about_rows, 0)
  const found: Told[] = []
  let [done, looked] = [0, 0]
  for (const one of references) {
    if (isLate()) break
    onProgress({ label: `references of ${one.table}`, done, total })
    const orphans = await countOrphans(sql, one)
    if (orphans > 0)
      found.push(
        wrong(
          `${orphans === 1000 ? '1,000 rows or more' : count(orphans, 'row')} of ${one.table} ${orphans === 1 ? 'leads' : 'lead'} to rows of ${one.target} that are not there (${one.name}).`,
          `Somebody changed rows past PostgreSQL's rules, or the disk lost some. Restore a backup, or ${mendOrphans(one)}`,
        ),
      )
    done += one.about_rows
    looked++
  }
  const rest = looked < references.length ? ` The rest with --all.` : ''
  return orOk(
    found,
    `${looked} of ${count(references.length, 'kind')} of references lead to rows that are there.${rest}`,
  )
}

/** What the key itself would have done when the rows went that it leads to. */
function mendOrphans({ table, target, condition, match, emptied }: Reference): string {
  const which = `where ${condition} and not exists (select from ${target} as parent where ${match})`
  return emptied
    ? `empty the key, in SQL: update ${table} as child set ${emptied} ${which}`
    : `take them away, in SQL: delete from ${table} as child ${which}`
}

export async function checkCounters({ sql }: Database): Promise<Told[]> {
  const counters = await listCounters(sql)
  const behind = counters.filter(({ highest, next }) => highest !== null && next <= highest)
  return orOk(
    behind.map(({ table, column, sequence, highest, next }) =>
      wrong(
        `The next ${column} of ${table} would be ${next}, and ${highest} is taken: new rows are refused.`,
        `SQL: select setval('${sequence}', (select max(${column}) from ${table}))`,
      ),
    ),
    `${count(counters.length, 'counter')} of ids are past every id.`,
  )
}

/** What is kept beside what it counts. */
export async function checkCounts({ sql, onProgress }: Database): Promise<Told[]> {
  onProgress({ label: 'counting' })
  const off = await countMiscounted(sql)
  const found: Told[] = []
  // Where that is asked for, it is done in a moment.
  const again = `SQL: select graphile_worker.add_job('count-posts', '{}', job_key := 'count-posts')`
  if (off.tags > 0 && !off.is_asked)
    found.push(notice(`The number of posts of ${count(off.tags, 'tag')} is another than the list says.`, again))
  if (off.months > 0 && !off.is_asked)
    found.push(notice(`The number of posts of ${count(off.months, 'month')} is another than the archive says.`, again))
  if (off.runs > 0 && !off.is_asked)
    found.push(notice(`The sitemap lists ${count(off.runs, 'run')} of parts otherwise than the posts are.`, again))
  if (off.reactions > 0)
    found.push(
      wrong(
        `Reactions to posts are counted wrongly ${count(off.reactions, 'time')}.`,
        'SQL: begin; lock table reactions in share mode; delete from reaction_counts; insert into reaction_counts (post_id, kind, slot, people) select post_id, kind, 0, count(*) from reactions group by 1, 2; commit',
      ),
    )
  if (off.shown > 0)
    found.push(
      wrong(
        `${count(off.shown, 'approved comment')} ${off.shown === 1 ? 'is' : 'are'} not shown.`,
        `SQL: update comments set shown = 'whole' where state = 'approved' and deleted_at is null and shown <> 'whole'`,
      ),
    )
  if (off.moments > 0)
    found.push(
      wrong(
        `${count(off.moments, 'tag')} of posts ${off.moments === 1 ? 'has' : 'have'} another date than the post.`,
        `SQL: update post_tags set published_at = case when posts.kind = 'post' and posts.visibility in ('public', 'members') then posts.published_at end from posts where posts.id = post_id`,
      ),
    )
  return orOk(found, 'Counted numbers are those of what they count.')
}
