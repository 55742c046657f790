// The shapes of the files that the old Bloggys left, told apart by their tables and columns.
import { columnNamed, type RealTable } from './real-tables.ts'

type Shape = Record<string, string>

/** What the columns do not show. */
export type Signs = {
  /** E-mail addresses have a unique index, as in what the framework made of the models by itself. */
  hasUniqueEmails: boolean
  /** The tables of OAuth were written by hand, with types that the framework never uses. */
  isOauthByHand: boolean
  hasTestTables: boolean
}

type Family = { name: string; title: string; tables: Shape; signs?: Partial<Signs> }

const base: Shape = {
  users:
    'id created_at updated_at email password registration_key reset_password_key registration_id first_name last_name',
  auth_groups: 'id created_at updated_at role description',
  auth_memberships: 'id created_at updated_at user auth_group',
  auth_permissions: 'id created_at updated_at name table_name record_id auth_group',
  auth_events: 'id created_at updated_at client_ip origin description user',
  posts: 'id title text date user',
  comments: 'id text date user post',
}
const version: Shape = { emmett_schema: 'id version' }
const roles: Shape = {
  roles: 'id name description created_at',
  permissions: 'id name resource action scope description created_at',
  user_roles: 'id user role assigned_at assigned_by',
  role_permissions: 'id role permission granted_at granted_by',
}
const oauth: Shape = {
  oauth_accounts: 'id user provider provider_user_id email name picture profile_data created_at last_login_at',
  oauth_tokens:
    'id oauth_account access_token_encrypted refresh_token_encrypted token_type scope access_token_expires_at ' +
    'refresh_token_expires_at created_at updated_at',
}
const firstOauth: Shape = {
  oauth_accounts: 'id user provider provider_user_id email display_name profile_url created_at updated_at',
  oauth_tokens: 'id oauth_account access_token refresh_token token_type expires_at scope created_at updated_at',
}
const some = (shape: Shape, ...names: string[]): Shape =>
  Object.fromEntries(Object.entries(shape).filter(([name]) => names.includes(name)))

const october = 'Bloggy of October 2025'
const all = { ...version, ...base, ...roles, ...oauth }

// F2 has no tables left and is told before. Of families that look the same, the likelier comes first.
const families: Family[] = [
  { name: 'F1', title: `${october} with groups, before roles`, tables: { ...version, ...base } },
  {
    name: 'F3',
    title: `${october}, half built, with groups, posts and users only`,
    tables: some(base, 'auth_groups', 'posts', 'users'),
  },
  { name: 'F4', title: `${october} with groups, before roles, built without migrations`, tables: base },
  { name: 'F5', title: `${october} with roles, built without migrations`, tables: { ...base, ...roles } },
  {
    name: 'F8',
    title: `the wreck of a ${october}, with groups, posts and roles, and no users`,
    tables: some({ ...base, ...roles }, 'auth_groups', 'posts', 'roles'),
  },
  {
    name: 'F9',
    title: `the wreck of a ${october}, with groups, posts, roles and users`,
    tables: some({ ...base, ...roles }, 'auth_groups', 'posts', 'roles', 'users'),
  },
  {
    name: 'F10',
    title: `${october} with roles and the first form of OAuth`,
    tables: { ...version, ...base, ...roles, ...firstOauth },
  },
  { name: 'F11', title: `${october} with roles`, tables: { ...version, ...base, ...roles } },
  { name: 'F12', title: `${october} with roles and OAuth`, tables: all },
  {
    name: 'F13',
    title: `${october} with roles and OAuth, and the tables of its tests`,
    tables: all,
    signs: { hasTestTables: true },
  },
  {
    name: 'F14',
    title: `${october}, back on SQLite, with roles and OAuth`,
    tables: all,
    signs: { hasUniqueEmails: true },
  },
  {
    name: 'F6',
    title: `${october} with roles, built without migrations, and OAuth tables made by hand`,
    tables: all,
    signs: { hasUniqueEmails: true, isOauthByHand: true },
  },
  {
    name: 'F7',
    title: `${october} with roles, and OAuth tables made by hand`,
    tables: all,
    signs: { isOauthByHand: true },
  },
  {
    name: 'F15',
    title: `the last ${october}, back on SQLite, with user names`,
    tables: { ...all, users: `${base.users} username` },
    signs: { hasUniqueEmails: true },
  },
]

export const emptied = { name: 'F2', title: `an emptied ${october}, whose tables were all dropped` }

const familyTables = new Set(Object.keys({ ...all, ...firstOauth }))

/** The nearest family, and whether the file is exactly so. Tables of strangers do not count. */
export function nearestFamily(tables: RealTable[], signs: Signs): { family: Family; isExact: boolean } {
  const found = new Map(
    tables
      .map(
        ({ name, columns }) =>
          [name.toLowerCase(), new Set(columns.map((column) => column.name.toLowerCase()))] as const,
      )
      .filter(([name]) => familyTables.has(name)),
  )
  const ranked = families
    .map((family) => ({ family, distance: distance(family.tables, found), agreement: agreement(family, signs) }))
    .toSorted((a, b) => a.distance - b.distance || b.agreement - a.agreement)
  const nearest = ranked[0]
  if (!nearest) throw new Error('There are no families.')
  return { family: nearest.family, isExact: nearest.distance === 0 }
}

export function signsOf(tables: RealTable[], hasUniqueEmails: boolean): Signs {
  const provider = columnNamed(tables.find(({ name }) => /^oauth_accounts$/i.test(name))?.columns ?? [], 'provider')
  return {
    hasUniqueEmails,
    isOauthByHand: provider?.type.startsWith('VARCHAR') ?? false,
    hasTestTables: tables.some(({ name }) => /^(test_.+|custom_model|legacy_model)$/i.test(name)),
  }
}

/** How many of its columns differ; a table that only one side has counts as much as all of its columns. */
function distance(shape: Shape, found: Map<string, Set<string>>): number {
  let sum = 0
  for (const name of familyTables) {
    const wanted = new Set(shape[name]?.split(' '))
    sum += wanted.symmetricDifference(found.get(name) ?? new Set()).size
  }
  return sum
}

function agreement({ signs = {} }: Family, seen: Signs): number {
  const names = ['hasUniqueEmails', 'isOauthByHand', 'hasTestTables'] as const
  return names.filter((name) => (signs[name] ?? false) === seen[name]).length
}
