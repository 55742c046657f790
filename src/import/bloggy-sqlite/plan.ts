// Which table goes where, column by column. A column that is not listed is kept in import_leftovers.

export type Conversion =
  | 'text' // must not be null here: NULL becomes ''
  | 'text or null'
  | 'moment' // must not be null here: what is missing or unreadable becomes 1970-01-01
  | 'moment or null'
  | 'json or null'
  | 'email'
  | 'password'
  | 'state'
  | 'token'
  | 'reference' // required: a row without it is set aside
  | 'reference or null' // null when there is no such row
  | 'kept aside' // has no column here: what is not blank goes to import_leftovers

export type Column = {
  source: string
  /** What other families call it. */
  alias?: string
  target: string
  as: Conversion
  /** The table of the file that a reference names. */
  to?: SourceTable
  /** The place of a column that says the same in a row nobody changed. */
  sameAs?: number
  /** Made here from other columns. */
  isDerived?: true
}

export type SourceTable =
  | 'users'
  | 'auth_groups'
  | 'auth_memberships'
  | 'auth_events'
  | 'posts'
  | 'comments'
  | 'roles'
  | 'permissions'
  | 'user_roles'
  | 'role_permissions'
  | 'oauth_accounts'
  | 'oauth_tokens'

export type TablePlan = {
  source: SourceTable
  target: string
  /** One of a row: `comment`. */
  noun: string
  /** Streamed by COPY into a table beside, or decided one by one. */
  way: 'stream' | 'rows'
  columns: Column[]
}

const created: Column = { source: 'created_at', target: 'created_at', as: 'moment' }
const updated: Column = { source: 'updated_at', target: 'updated_at', as: 'moment' }

/** Parents before children. */
export const plan: TablePlan[] = [
  {
    source: 'users',
    target: 'users',
    noun: 'user',
    way: 'rows',
    columns: [
      { source: 'email', target: 'email', as: 'email' },
      { source: 'password', target: 'password_hash', as: 'password' },
      { source: 'first_name', target: 'first_name', as: 'text or null' },
      { source: 'last_name', target: 'last_name', as: 'text or null' },
      { source: 'registration_key', target: 'state', as: 'state' },
      created,
      updated,
      { source: 'reset_password_key', target: '', as: 'kept aside' },
      { source: 'registration_id', target: '', as: 'kept aside' },
    ],
  },
  {
    source: 'auth_groups',
    target: 'groups',
    noun: 'group',
    way: 'rows',
    columns: [
      { source: 'role', target: 'name', as: 'text' },
      { source: 'description', target: 'description', as: 'text' },
      created,
      updated,
    ],
  },
  {
    source: 'auth_memberships',
    target: 'group_memberships',
    noun: 'membership',
    way: 'rows',
    columns: [
      { source: 'user', target: 'user_id', as: 'reference', to: 'users' },
      { source: 'auth_group', target: 'group_id', as: 'reference', to: 'auth_groups' },
      created,
      updated,
    ],
  },
  {
    source: 'roles',
    target: 'roles',
    noun: 'role',
    way: 'rows',
    columns: [
      { source: 'name', target: 'name', as: 'text' },
      { source: 'description', target: 'description', as: 'text' },
      created,
    ],
  },
  {
    source: 'permissions',
    target: 'permissions',
    noun: 'permission',
    way: 'rows',
    columns: [
      { source: 'resource', target: 'resource', as: 'text' },
      { source: 'action', target: 'action', as: 'text' },
      { source: 'scope', target: 'scope', as: 'text' },
      { source: 'name', target: 'name', as: 'text or null', isDerived: true },
      { source: 'description', target: 'description', as: 'text' },
      created,
    ],
  },
  {
    source: 'user_roles',
    target: 'user_roles',
    noun: 'role of a user',
    way: 'rows',
    columns: [
      { source: 'user', target: 'user_id', as: 'reference', to: 'users' },
      { source: 'role', target: 'role_id', as: 'reference', to: 'roles' },
      { source: 'assigned_at', target: 'assigned_at', as: 'moment' },
      { source: 'assigned_by', target: 'assigned_by', as: 'reference or null', to: 'users' },
    ],
  },
  {
    source: 'role_permissions',
    target: 'role_permissions',
    noun: 'permission of a role',
    way: 'rows',
    columns: [
      { source: 'role', target: 'role_id', as: 'reference', to: 'roles' },
      { source: 'permission', target: 'permission_id', as: 'reference', to: 'permissions' },
      { source: 'granted_at', target: 'granted_at', as: 'moment' },
      { source: 'granted_by', target: 'granted_by', as: 'reference or null', to: 'users' },
    ],
  },
  {
    source: 'oauth_accounts',
    target: 'oauth_accounts',
    noun: 'OAuth account',
    way: 'rows',
    columns: [
      { source: 'user', target: 'user_id', as: 'reference', to: 'users' },
      { source: 'provider', target: 'provider', as: 'text' },
      { source: 'provider_user_id', target: 'provider_user_id', as: 'text' },
      { source: 'email', target: 'email', as: 'text or null' },
      { source: 'name', alias: 'display_name', target: 'name', as: 'text or null' },
      { source: 'picture', alias: 'profile_url', target: 'picture', as: 'text or null' },
      { source: 'profile_data', target: 'profile_data', as: 'json or null' },
      { source: 'created_at', target: 'created_at', as: 'moment or null' },
      { source: 'last_login_at', alias: 'updated_at', target: 'last_login_at', as: 'moment or null' },
    ],
  },
  {
    source: 'oauth_tokens',
    target: 'oauth_tokens',
    noun: 'OAuth token',
    way: 'rows',
    columns: [
      { source: 'oauth_account', target: 'oauth_account_id', as: 'reference', to: 'oauth_accounts' },
      { source: 'access_token_encrypted', alias: 'access_token', target: 'access_token_encrypted', as: 'token' },
      { source: 'refresh_token_encrypted', alias: 'refresh_token', target: 'refresh_token_encrypted', as: 'token' },
      { source: 'token_type', target: 'token_type', as: 'text' },
      { source: 'scope', target: 'scope', as: 'text or null' },
      {
        source: 'access_token_expires_at',
        alias: 'expires_at',
        target: 'access_token_expires_at',
        as: 'moment or null',
      },
      { source: 'refresh_token_expires_at', target: 'refresh_token_expires_at', as: 'moment or null' },
      { source: 'created_at', target: 'created_at', as: 'moment or null' },
      { source: 'updated_at', target: 'updated_at', as: 'moment or null' },
    ],
  },
  {
    source: 'posts',
    target: 'posts',
    noun: 'post',
    way: 'stream',
    columns: [
      { source: 'title', target: 'title', as: 'text' },
      { source: 'text', target: 'body', as: 'text' },
      { source: 'date', target: 'published_at', as: 'moment' },
      { source: 'user', target: 'author_id', as: 'reference or null', to: 'users' },
    ],
  },
  {
    source: 'comments',
    target: 'comments',
    noun: 'comment',
    way: 'stream',
    columns: [
      { source: 'text', target: 'body', as: 'text' },
      { source: 'date', target: 'created_at', as: 'moment' },
      { source: 'user', target: 'author_id', as: 'reference or null', to: 'users' },
      { source: 'post', target: 'post_id', as: 'reference', to: 'posts' },
    ],
  },
  {
    source: 'auth_events',
    target: 'audit_events',
    noun: 'event',
    way: 'stream',
    columns: [
      { source: 'created_at', target: 'created_at', as: 'moment' },
      { source: 'user', target: 'actor_id', as: 'reference or null', to: 'users' },
      { source: 'client_ip', target: 'client_ip', as: 'text or null' },
      { source: 'origin', target: 'origin', as: 'text' },
      { source: 'description', target: 'description', as: 'text' },
      { source: 'updated_at', target: '', as: 'kept aside', sameAs: 0 },
    ],
  },
]

/** Known, and without a place here: their rows are kept in import_leftovers. */
export const frameworkTables = ['emmett_schema', 'auth_permissions']

/** Tells an export of this Bloggy what a post was, beyond the older shape. */
export const extrasTable = 'bloggy_posts'

export function planOf(source: SourceTable): TablePlan {
  return plan.find((table) => table.source === source)!
}

/**
 * A row with a larger id gets another. The counter goes on from the largest id that is kept, and what JavaScript counts
 * ends at 2^53: one stray id just below it would leave no ids for the posts to come.
 */
export const largestKeptId = 2 ** 48

export function isUsableId(id: number): boolean {
  return id >= 1 && id <= largestKeptId
}

/** The columns that are proven: all that are stored as they came. */
export function provenColumns({ columns }: TablePlan): Column[] {
  return columns.filter(({ as, isDerived }) => as !== 'kept aside' && !isDerived)
}
