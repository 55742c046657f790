import { type RawBuilder, sql } from 'kysely'
import { type Actor, recordEvent } from '../audit/queries.ts'
import type { Db } from '../db/pool.ts'

/** A line in the audit log before the first byte goes out. */
export async function noteExport(db: Db, id: number, actor: Actor): Promise<void> {
  const subject = { type: 'user', id }
  await recordEvent(db, { action: 'user.data-exported', actor_id: actor.id, client_ip: actor.ip, subject })
}

/** Everything that the blog knows of somebody, as one JSON object, a page of rows at a time. */
export async function* exportPerson(db: Db, id: number, site: string): AsyncGenerator<string> {
  yield `{\n"site":${JSON.stringify(site)},\n"made_at":${JSON.stringify(new Date().toISOString())}`
  for (const [name, section, size] of sections(id)) {
    yield `,\n${JSON.stringify(name)}:[`
    let isFirst = true
    for await (const row of rowsOf(db, section, size)) {
      yield `${isFirst ? '' : ','}\n${row}`
      isFirst = false
    }
    yield ']'
  }
  yield '\n}\n'
}

type Place = { at: RawBuilder<unknown>; id: number }
type Section = (after: Place, size: RawBuilder<unknown>) => RawBuilder<{ at: string; id: number; row: string }>

async function* rowsOf(db: Db, section: Section, size: number): AsyncGenerator<string> {
  let after: Place = { at: sql`'-infinity'::timestamptz`, id: 0 }
  for (;;) {
    const { rows } = await section(after, sql.lit(size)).execute(db)
    for (const { row } of rows) yield row
    const last = rows.at(-1)
    if (!last || rows.length < size) return
    after = { at: sql`${last.at}::text::timestamptz`, id: last.id }
  }
}

/** Of a table whose rows have an id. */
function byId(
  table: RawBuilder<unknown>,
  id: RawBuilder<unknown>,
  row: RawBuilder<unknown>,
  whose: RawBuilder<unknown>,
): Section {
  return (after, size) => sql`
    select '' as at, ${id} as id, (${row})::text as row from ${table} where ${whose} and ${id} > ${after.id}
      order by ${id} limit ${size}`
}

/** Few rows, without an id of their own. */
function few(table: RawBuilder<unknown>, row: RawBuilder<unknown>, whose: RawBuilder<unknown>): Section {
  return (after, size) => sql`
    select '' as at, place as id, row from (
      select row_number() over () as place, (${row})::text as row from ${table} where ${whose}) as numbered
      where place > ${after.id} order by place limit ${size}`
}

const small = 500
/** Texts may be half a megabyte each. */
const large = 20

/** What the file holds besides `site` and `made_at`: lists of rows. */
export const sectionNames: string[] = sections(0).map(([name]) => name)

/** Columns are named where one more might be a secret: the password, tokens, who else did something from where. */
function sections(id: number): [string, Section, number][] {
  const mine = (column: string) => sql`${sql.ref(column)} = ${id}`
  const sameMailbox = sql`guests.confirmed_at is not null
    and lower(guests.email) = (select lower(email) from users where id = ${id})`
  const versions = sql`coalesce((select jsonb_agg(jsonb_build_object('number', number, 'body', comment_versions.body,
    'replaced_at', replaced_at) order by number) from comment_versions where comment_id = comments.id), '[]')`
  const comment = sql`to_jsonb(comments) - 'path' - 'submission_key' || jsonb_build_object('versions', ${versions})`
  const event = sql`jsonb_build_object('id', id, 'created_at', created_at, 'action', action, 'subject_type', subject_type,
    'subject_id', subject_id, 'description', description, 'details', details, 'origin', origin,
    'token_name', case when actor_id = ${id} then token_name end,
    'by_this_person', actor_id is not distinct from ${id}::bigint,
    'client_ip', case when actor_id = ${id} then client_ip end)`
  return [
    [
      'profile',
      few(
        sql`users`,
        sql`jsonb_build_object('id', id, 'email', email, 'email_confirmed_at', email_confirmed_at,
      'name', name, 'first_name', first_name, 'last_name', last_name, 'slug', slug, 'about', about, 'links', links,
      'state', state, 'has_password', password_hash is not null, 'is_told_of_comments', is_told_of_comments,
      'created_at', created_at, 'updated_at', updated_at)`,
        mine('id'),
      ),
      small,
    ],
    [
      'former_addresses',
      few(sql`old_user_slugs`, sql`jsonb_build_object('slug', slug, 'until', created_at)`, mine('user_id')),
      small,
    ],
    [
      'email_asked_for',
      few(sql`email_changes`, sql`jsonb_build_object('email', email, 'expires_at', expires_at)`, mine('user_id')),
      small,
    ],
    [
      'roles',
      few(
        sql`user_roles join roles on roles.id = role_id`,
        sql`jsonb_build_object('name', roles.name, 'assigned_at', assigned_at)`,
        mine('user_id'),
      ),
      small,
    ],
    [
      'groups',
      few(
        sql`group_memberships join groups on groups.id = group_id`,
        sql`jsonb_build_object('name', groups.name, 'since', group_memberships.created_at)`,
        mine('user_id'),
      ),
      small,
    ],
    [
      'sessions',
      few(
        sql`sessions`,
        sql`jsonb_build_object('created_at', created_at, 'expires_at', expires_at, 'ip', ip, 'user_agent', user_agent)`,
        mine('user_id'),
      ),
      small,
    ],
    [
      'tokens_for_programs',
      few(
        sql`api_tokens`,
        sql`jsonb_build_object('name', name, 'scopes', scopes, 'created_at', created_at, 'expires_at', expires_at,
          'last_used_at', last_used_at, 'last_used_from', last_used_from)`,
        mine('user_id'),
      ),
      small,
    ],
    [
      'second_factor',
      few(sql`second_factors`, sql`jsonb_build_object('confirmed_at', confirmed_at)`, mine('user_id')),
      small,
    ],
    [
      'known_places',
      few(sql`known_places`, sql`jsonb_build_object('place', place, 'seen_at', seen_at)`, mine('user_id')),
      small,
    ],
    [
      'links_to_other_services',
      byId(
        sql`oauth_accounts`,
        sql`id`,
        sql`jsonb_build_object('provider', provider,
      'provider_user_id', provider_user_id, 'email', email, 'name', name, 'picture', picture, 'profile', profile_data,
      'created_at', created_at, 'last_login_at', last_login_at)`,
        mine('user_id'),
      ),
      small,
    ],
    [
      'invitations_taken_up',
      byId(
        sql`invitations`,
        sql`id`,
        sql`jsonb_build_object('email', email, 'created_at', created_at, 'accepted_at', accepted_at)`,
        mine('accepted_by'),
      ),
      small,
    ],
    [
      'bans',
      byId(
        sql`bans`,
        sql`id`,
        sql`jsonb_build_object('reason', reason, 'created_at', created_at, 'expires_at', expires_at, 'lifted_at', lifted_at)`,
        mine('user_id'),
      ),
      small,
    ],
    [
      'posts',
      (after, size) => sql`
      select updated_at::text as at, id, (to_jsonb(posts) - 'submission_key')::text as row from posts
        where author_id = ${id} and (updated_at, id) > (${after.at}, ${after.id}::bigint)
        order by updated_at, id limit ${size}`,
      large,
    ],
    [
      'shared_posts',
      few(
        sql`post_authors join posts on posts.id = post_id`,
        sql`jsonb_build_object('post_id', post_id, 'title', posts.title)`,
        mine('user_id'),
      ),
      small,
    ],
    [
      'unpublished_changes',
      byId(
        sql`post_drafts`,
        sql`post_id`,
        sql`to_jsonb(post_drafts)`,
        sql`(updated_by = ${id}
      or post_id in (select id from posts where author_id = ${id}))`,
      ),
      large,
    ],
    ['revisions', byId(sql`post_revisions`, sql`id`, sql`to_jsonb(post_revisions)`, mine('author_id')), large],
    ['comments', byId(sql`comments`, sql`id`, comment, mine('author_id')), small],
    ['as_guest', byId(sql`guests`, sql`guests.id`, sql`to_jsonb(guests)`, sameMailbox), small],
    [
      'comments_as_guest',
      byId(sql`comments`, sql`id`, comment, sql`guest_id in (select id from guests where ${sameMailbox})`),
      small,
    ],
    [
      'reactions',
      byId(
        sql`reactions`,
        sql`post_id`,
        sql`jsonb_build_object('post_id', post_id, 'kind', kind, 'created_at', created_at)`,
        mine('user_id'),
      ),
      small,
    ],
    [
      'subscriptions',
      byId(sql`subscriptions`, sql`id`, sql`to_jsonb(subscriptions) - 'user_id'`, mine('user_id')),
      small,
    ],
    [
      'reports',
      byId(
        sql`comment_reports`,
        sql`id`,
        sql`jsonb_build_object('comment_id', comment_id, 'reason', reason, 'words', words, 'created_at', created_at)`,
        mine('reporter_id'),
      ),
      small,
    ],
    [
      'pictures',
      byId(
        sql`media`,
        sql`id`,
        sql`jsonb_build_object('key', key, 'name', name, 'alt', alt, 'created_at', created_at)`,
        mine('uploaded_by'),
      ),
      small,
    ],
    [
      'audit_log',
      (after, size) => sql`
      select created_at::text as at, id, (${event})::text as row from audit_events
        where actor_id = ${id} and (created_at, id) > (${after.at}, ${after.id}::bigint)
        order by created_at, id limit ${size}`,
      small,
    ],
    [
      'audit_log_about',
      (after, size) => sql`
      select created_at::text as at, id, (${event})::text as row from audit_events
        where subject_type = 'user' and subject_id = ${id} and actor_id is distinct from ${id}::bigint
          and (created_at, id) > (${after.at}, ${after.id}::bigint)
        order by created_at, id limit ${size}`,
      small,
    ],
  ]
}
