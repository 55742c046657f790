// The tables of the older Bloggy's last schema and what fills them. The declarations are those of its migrations
// (9d6518b3cdc2, a1b2c3d4e5f6, b2c3d4e5f6g7), so that the older program takes the file for one of its own.

export type Column = {
  name: string
  /** As the older program's database layer wrote it, two blanks at the end of a reference included. */
  declaration: string
  /** What is read from our tables for it, as SQL. */
  from: string
}

export type Table = {
  name: string
  columns: Column[]
  /** Our table, joined and narrowed to what goes into the file. */
  rows: string
  /** Our table alone, whose sequence goes into sqlite_sequence. */
  source: string | null
  /** Is made only for rows. */
  isExtra?: true
}

const revision = 'b2c3d4e5f6g7'

// The older program shows every post to everybody.
const hidden = `(published_at is null or published_at > now() or visibility <> 'public')`
// What was deleted stays here, in the bin.
const binned = '(id in (select post_id from post_bin))'
// The older program shows every comment there is.
const keptComments = `comments where shown = 'whole' and post_id not in (select post_id from post_bin)`
const shownComments = `comments where shown = 'whole' and post_id not in (select id from posts where ${hidden})`

/** In the order the older program makes them. */
export function tablesOf({ withDrafts }: { withDrafts: boolean }): Table[] {
  const shown = withDrafts ? `not ${binned}` : `not ${hidden}`
  return [
    table('emmett_schema', '(select 1) as one', null, [id('1'), string('version', 512, `'${revision}'`)]),
    table('users', 'users', 'users', [
      id(),
      moment('created_at'),
      moment('updated_at'),
      string('email', 255),
      string('password', 512, 'password_hash'),
      // An address that nobody confirmed keeps its account closed there as it does here.
      string('registration_key', 512, registrationKey, " DEFAULT ''"),
      string('reset_password_key', 512, "''", " DEFAULT ''"),
      string('registration_id', 512, "''", " DEFAULT ''"),
      string('first_name', 128, firstName, ' NOT NULL'),
      string('last_name', 128, "coalesce(last_name, '')", ' NOT NULL'),
    ]),
    table('auth_groups', 'groups', 'groups', [
      id(),
      moment('created_at'),
      moment('updated_at'),
      string('role', 255, 'name', " DEFAULT ''"),
      text('description'),
    ]),
    table('auth_memberships', 'group_memberships', 'group_memberships', [
      id(),
      moment('created_at'),
      moment('updated_at'),
      reference('user', 'users', 'user_id'),
      reference('auth_group', 'auth_groups', 'group_id'),
    ]),
    table('auth_permissions', '(select 1) as none where false', null, [
      id('1'),
      moment('created_at', 'now()'),
      moment('updated_at', 'now()'),
      string('name', 512, "''", " NOT NULL DEFAULT 'default'"),
      string('table_name', 512, "''"),
      integer('record_id', '0', ' DEFAULT 0'),
      reference('auth_group', 'auth_groups', '0'),
    ]),
    table('auth_events', "audit_events where action = 'legacy.event'", 'audit_events', [
      id(),
      moment('created_at'),
      moment('updated_at', 'created_at'),
      string('client_ip', 512),
      string('origin', 512, 'origin', " NOT NULL DEFAULT 'auth'"),
      text('description', 'description', " NOT NULL DEFAULT ''"),
      reference('user', 'users', 'actor_id'),
    ]),
    table('posts', `posts where ${shown}`, 'posts', [
      id(),
      string('title', 512),
      text('text', 'body'),
      moment('date', 'published_at'),
      reference('user', 'users', 'author_id'),
    ]),
    table('comments', withDrafts ? keptComments : shownComments, 'comments', [
      id(),
      text('text', 'body'),
      moment('date', 'created_at'),
      reference('user', 'users', 'author_id'),
      reference('post', 'posts', 'post_id'),
    ]),
    table('roles', 'roles', 'roles', [
      id(),
      string('name', 80, 'name', ' NOT NULL UNIQUE'),
      text('description'),
      moment('created_at'),
    ]),
    table('permissions', 'permissions', 'permissions', [
      id(),
      string('name', 120, 'name', ' NOT NULL UNIQUE'),
      string('resource', 40, 'resource', ' NOT NULL'),
      string('action', 40, 'action', ' NOT NULL'),
      string('scope', 20),
      text('description'),
      moment('created_at'),
    ]),
    table('user_roles', 'user_roles', 'user_roles', [
      id(),
      reference('user', 'users', 'user_id'),
      reference('role', 'roles', 'role_id'),
      moment('assigned_at'),
      integer('assigned_by'),
    ]),
    table('role_permissions', 'role_permissions', 'role_permissions', [
      id(),
      reference('role', 'roles', 'role_id'),
      reference('permission', 'permissions', 'permission_id'),
      moment('granted_at'),
      integer('granted_by'),
    ]),
    table('oauth_accounts', 'oauth_accounts', 'oauth_accounts', [
      id(),
      reference('user', 'users', 'user_id'),
      string('provider', 50, 'provider', ' NOT NULL'),
      string('provider_user_id', 255, 'provider_user_id', ' NOT NULL'),
      string('email', 255),
      string('name', 255),
      string('picture', 512),
      text('profile_data'),
      optionalMoment('created_at'),
      optionalMoment('last_login_at'),
    ]),
    table('oauth_tokens', 'oauth_tokens', 'oauth_tokens', [
      id(),
      reference('oauth_account', 'oauth_accounts', 'oauth_account_id'),
      text('access_token_encrypted', 'access_token_encrypted', ' NOT NULL'),
      text('refresh_token_encrypted'),
      string('token_type', 50),
      string('scope', 512),
      optionalMoment('access_token_expires_at'),
      optionalMoment('refresh_token_expires_at'),
      optionalMoment('created_at'),
      optionalMoment('updated_at'),
    ]),
    {
      ...table('bloggy_posts', `posts where (body_format <> 'plain' or published_at is null) and ${shown}`, null, [
        { name: 'post', declaration: 'INTEGER PRIMARY KEY', from: 'id' },
        text('slug'),
        text('body_format'),
        { name: 'is_draft', declaration: 'INTEGER', from: '(published_at is null)::int' },
      ]),
      isExtra: true,
    },
  ]
}

const registrationKey = `case when state <> 'active' then state
  when email_confirmed_at is null and email is not null then 'pending' else '' end`
// Who changed the name here has it in one piece.
const firstName = "coalesce(first_name, case when last_name is null then name else '' end)"

function table(name: string, rows: string, source: string | null, columns: Column[]): Table {
  return { name, rows, source, columns }
}

function id(from = 'id'): Column {
  return { name: 'id', declaration: 'INTEGER PRIMARY KEY AUTOINCREMENT', from }
}

function integer(name: string, from = name, more = ''): Column {
  return { name, declaration: `INTEGER${more}`, from }
}

function reference(name: string, to: string, from: string): Column {
  return { name, declaration: `INTEGER REFERENCES "${to}" ("id") ON DELETE CASCADE  `, from }
}

function string(name: string, length: number, from = name, more = ''): Column {
  return { name, declaration: `CHAR(${length})${more}`, from }
}

function text(name: string, from = name, more = ''): Column {
  return { name, declaration: `TEXT${more}`, from }
}

/** In UTC, with a fraction only where there is one. The moment zero stands for "no date" here, which is NULL there. */
function moment(name: string, from = name): Column {
  return optionalMoment(name, `nullif(${from}, timestamptz 'epoch')`)
}

function optionalMoment(name: string, from = name): Column {
  return { name, declaration: 'TIMESTAMP', from: `(${from} at time zone 'UTC')` }
}
