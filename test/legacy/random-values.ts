// Values by chance, good and bad, for columns by their names. The same seed gives the same values.
import { dice } from '../dice.ts'
import { momentForms } from './dirty-moments.ts'
import { encryptFernet } from './fernet.ts'
import type { Dirt } from './marks.ts'
import { isMoment } from './marks.ts'
import { passwordForms, unreadablePassword } from './passwords.ts'

export type Chance = {
  /** From 0 to below 1. */
  next: () => number
  /** A whole number from 0 to below `end`. */
  below: (end: number) => number
  happens: (probability: number) => boolean
  pick: <T>(choices: readonly T[]) => T
}

export function chanceFrom(seed: number): Chance {
  const next = dice(seed)
  const below = (end: number) => Math.floor(next() * end)
  return {
    next,
    below,
    happens: (probability) => next() < probability,
    pick: (choices) => choices[below(choices.length)] as (typeof choices)[number],
  }
}

/** The ids that rows of other tables may name. */
export type Ids = Record<string, (number | bigint)[]>

const targets: Record<string, string> = {
  user: 'users',
  post: 'posts',
  auth_group: 'auth_groups',
  permission: 'permissions',
  oauth_account: 'oauth_accounts',
  assigned_by: 'users',
  granted_by: 'users',
}

/** A value for a column; bad with the probability of `dirt`. */
export function valueFor(chance: Chance, table: string, column: string, ids: Ids, dirt: number): Dirt {
  const isBad = chance.happens(dirt)
  if (isMoment(column)) return isBad ? chance.pick(momentForms)[0] : plainMoment(chance)
  const target = column === 'role' && table !== 'auth_groups' ? 'roles' : targets[column]
  if (target) return isBad ? badReference(chance) : goodReference(chance, ids[target] ?? [], column)
  if (isBad && chance.happens(0.6)) return badText(chance)
  return textFor(chance, table, column, isBad)
}

export function plainMoment(chance: Chance): string {
  const seconds = 1_700_000_000 + chance.below(60_000_000)
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')
}

export function words(chance: Chance, most: number): string {
  const count = 1 + chance.below(most)
  return Array.from({ length: count }, () => chance.pick(vocabulary)).join(chance.pick([' ', ' ', '\r\n', '\t', ', ']))
}

function goodReference(chance: Chance, ids: (number | bigint)[], column: string): Dirt {
  const isOptional = column === 'user' || column.endsWith('_by')
  if (ids.length === 0 || (isOptional && chance.happens(0.1))) return null
  return chance.pick(ids)
}

function badReference(chance: Chance): Dirt {
  const bad: Dirt[] = [9999, null, 'abc', '1 ', ' 2', '3', { real: 1 }, { real: 1.5 }, Buffer.from([1]), '', -1, 0]
  return chance.pick([...bad, 3_000_000_000, 9_007_199_254_740_993n])
}

export function badText(chance: Chance): Dirt {
  const hex = chance.pick(['636166e9', 'ff', 'c0af', 'eda080', '6100e9', '81', 'e4bda0e5', 'f0908d', '00', '61c3'])
  return chance.pick<Dirt>([
    null,
    '',
    '   ',
    chance.below(100_000),
    { real: chance.next() },
    Buffer.from(words(chance, 3)),
    Buffer.from(hex, 'hex'),
    { textOf: hex },
    { textOf: hex },
    `${words(chance, 3)}\0${words(chance, 2)}`,
    words(chance, 400),
    'MÃ¼ller â€œquotedâ€\u009d',
    '\ufffd is no mistake',
    '\ufeffmarked',
    9_007_199_254_740_993n,
  ])
}

function textFor(chance: Chance, table: string, column: string, isBad: boolean): Dirt {
  switch (column) {
    case 'email':
      return isBad ? chance.pick(badEmails) : `${chance.pick(['u', 'ü', '李'])}${chance.below(400)}@example.com`
    case 'password':
      return isBad ? unreadablePassword : chance.pick([null, '', ...passwordForms.map(({ stored }) => stored)])
    case 'registration_key':
      return isBad ? chance.pick(['abc', 'pending', 'disabled', 'blocked', ' ']) : ''
    case 'reset_password_key':
    case 'registration_id':
      return isBad ? 'key' : ''
    case 'access_token':
    case 'access_token_encrypted':
      return isBad ? 'in clear' : encryptFernet(words(chance, 2))
    case 'refresh_token':
    case 'refresh_token_encrypted':
      return isBad ? 'in clear' : chance.pick([null, encryptFernet(words(chance, 2))])
    case 'profile_data':
      return chance.pick(isBad ? ['{', '', '["\\u0000"]', '"\\ud800"', 'null', '1e999'] : ['{"a": [1, "ü"]}', null])
    case 'provider':
      return chance.pick(['github', 'google', 'GitHub'])
    case 'provider_user_id':
      return String(chance.below(60))
    case 'resource':
      return isBad ? 'Bad One' : chance.pick(['post', 'comment', 'user', 'file'])
    case 'action':
      return isBad ? '' : chance.pick(['read', 'create', 'edit', 'print', 'pin_up'])
    case 'scope':
      return table === 'permissions' && !isBad ? chance.pick(['', '', 'own', 'any']) : 'all'
    case 'token_type':
      return 'Bearer'
    case 'client_ip':
      return chance.pick(['127.0.0.1', '::1', null])
    case 'origin':
      return 'auth'
    case 'name':
    case 'role':
      return table === 'permissions' ? null : roleName(chance)
    default:
      return words(chance, column === 'text' ? 120 : 5)
  }
}

function roleName(chance: Chance): string {
  return chance.pick([
    'admin',
    'Admin',
    'author',
    'viewer',
    'QA',
    'qa',
    'one',
    `test_${chance.below(50)}`,
    words(chance, 2),
  ])
}

const badEmails = [
  ' A@Example.com ',
  'a@example.com',
  'A@EXAMPLE.COM',
  '',
  '  ',
  null,
  'no address',
  'ａ@example.com',
  'b@example.com.',
]

const vocabulary = (
  'the a time capacitor Straße naïve e\u0301 测试 日本語 한국어 Ωμέγα שלום 🚀 👩‍👩‍👧 <script>alert(1)</script> &amp; "quoted" ' +
  "it's \\N \\. -- {id} %s $1 \u2028 null"
).split(' ')
