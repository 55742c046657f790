// Accounts, groups and accounts elsewhere, with everything that a table without rules lets in.
import { type Dirt, type DirtyRow, type Marked, changed, copied, isFolded, isThere, setAside } from './marks.ts'
import { encryptFernet } from './fernet.ts'
import { adminHash, passwordForms, unreadablePassword } from './passwords.ts'

const moment = '2025-10-12 14:03:22'
const unknown = '1970-01-01T00:00:00.000000Z'

export const dirtyUsers: Marked[] = [
  copied('the administrator', user(1, { email: 'doc@emmettbrown.com', password: adminHash })),
  copied('without anything odd', user(2)),
  copied('without anything odd', user(3)),
  ...passwordForms.map(({ form, stored, isClear }, index) => {
    const row = user(101 + index, { password: stored })
    return isClear ? changed(form, 'password-hashed', row) : copied(form, row, { becomes: { password_hash: stored } })
  }),
  copied('a hash with more rounds than anybody may ask for', user(10, { password: unreadablePassword }), {
    leftovers: ['unreadable-password'],
    becomes: { password_hash: null },
  }),
  copied('no password', user(11, { password: null }), { becomes: { password_hash: null } }),
  copied('an empty password', user(12, { password: '' }), { becomes: { password_hash: null } }),
  changed('a number for a password', 'number-to-text password-hashed', user(13, { password: 12345 })),
  changed(
    'bytes for a password',
    'bytes-to-text not-utf8 password-hashed',
    user(14, { password: Buffer.from('636c6561722d6b65e9', 'hex') }),
  ),
  changed('a NUL in a password', 'nul-removed password-hashed', user(15, { password: 'clear-\0-with-nul' })),
  changed(
    'the address of the first, in capitals',
    'email-folded email-taken',
    user(20, { email: 'Doc@EmmettBrown.com' }),
    { becomes: { email: null } },
  ),
  changed('blanks around it', 'email-folded', user(21, { email: '  marty@example.com ' }), {
    becomes: { email: 'marty@example.com' },
  }),
  changed('the same without blanks, later', 'email-taken', user(22, { email: 'marty@example.com' }), {
    becomes: { email: null },
  }),
  changed('letters of full width', 'email-folded', user(23, { email: 'ｌｉ@ｅｘａｍｐｌｅ.cn' }), {
    becomes: { email: 'li@example.cn' },
  }),
  copied('an empty address', user(24, { email: '' }), { becomes: { email: null } }),
  copied('a second empty address', user(25, { email: '' }), { becomes: { email: null } }),
  copied('no address', user(26, { email: null }), { becomes: { email: null } }),
  copied('no address either', user(27, { email: null }), { becomes: { email: null } }),
  copied('what is no address', user(28, { email: 'not an address' }), { becomes: { email: 'not an address' } }),
  copied('an address longer than its column', user(29, { email: `${'a'.repeat(300)}@example.com` })),
  changed('a NUL in the address', 'nul-removed', user(30, { email: 'nul\0@example.com' }), {
    leftovers: ['nul-removed'],
    becomes: { email: 'nul@example.com' },
  }),
  changed('no names', 'name-missing', user(40, { email: 'only.local@example.com', ...names(null, null) }), {
    becomes: { name: 'only.local' },
  }),
  changed('empty names, no address', 'name-missing', user(41, { email: null, ...names('', '') }), {
    becomes: { name: 'User 41' },
  }),
  changed('blanks for names', 'name-missing', user(42, { email: 'blank@example.com', ...names('  ', '\t') }), {
    becomes: { name: 'blank' },
  }),
  copied('a first name alone', user(43, names('Cher', '')), { becomes: { name: 'Cher' } }),
  copied('a last name alone', user(44, names(null, 'Plato')), { becomes: { name: 'Plato' } }),
  copied('names longer than their columns', user(45, names('A'.repeat(200), 'B'.repeat(200)))),
  copied('UTF-8 that was read as Latin-1 long ago', user(46, names('MÃ¼ller', 'Ã…se'))),
  changed('Latin-1', 'not-utf8', user(47, { last_name: { textOf: '4dfc6c6c6572' } }), {
    leftovers: ['not-utf8'],
    becomes: { last_name: 'Müller' },
  }),
  changed('a number for a name', 'number-to-text', user(48, { first_name: 7 }), { becomes: { first_name: '7' } }),
  changed('bytes for a name', 'bytes-to-text', user(49, { first_name: Buffer.from('Bytes') }), {
    becomes: { first_name: 'Bytes' },
  }),
  changed('never confirmed', 'unconfirmed', user(50, { registration_key: '0ccbd3ab' }), {
    becomes: { state: 'pending', email_confirmed_at: null },
  }),
  copied('waiting for an administrator', user(51, { registration_key: 'pending' }), { becomes: { state: 'pending' } }),
  copied('disabled', user(52, { registration_key: 'disabled' }), { becomes: { state: 'disabled' } }),
  copied('blocked', user(53, { registration_key: 'blocked' }), { becomes: { state: 'blocked' } }),
  copied('no key', user(54, { registration_key: null }), { becomes: { state: 'active' } }),
  changed('no moments, as in the last versions', 'date-missing', user(60, { created_at: null, updated_at: null }), {
    becomes: { created_at: unknown, updated_at: unknown },
  }),
  changed('a moment in seconds', 'date-from-seconds', user(61, { created_at: 1_760_277_802 })),
  copied('a key to set a new password', user(62, { reset_password_key: 'reset-me' }), { leftovers: ['no-home'] }),
  copied('an account elsewhere', user(63, { registration_id: 'x-7' }), { leftovers: ['no-home'] }),
  changed('0 for an id', 'new-id', user(0)),
  copied('beyond 2^31', user(3_000_000_000)),
  setAside(
    'the lowest id there is',
    'id-out-of-range',
    user(-9_223_372_036_854_775_808n, { password: 'clear-beyond' }),
  ),
]

export const dirtyGroups: Marked[] = [
  copied('plain', group(1, 'admin')),
  isFolded('the same in capitals', group(2, 'Admin')),
  copied('another', group(3, 'editors')),
  isThere('the same again', group(4, 'editors')),
  changed('no name', 'text-missing', group(5, null), { becomes: { name: '' } }),
  copied('a name longer than its column', group(6, 'x'.repeat(300))),
  changed('no description', 'text-missing', { ...group(7, 'quiet'), description: null }),
]

export const dirtyMemberships: Marked[] = [
  copied('plain', membership(1, 1, 1)),
  isThere('the same again', membership(2, 1, 1)),
  isThere('the same through the group in capitals', membership(3, 1, 2)),
  copied('only through the group in capitals', membership(4, 2, 2)),
  setAside('of a user that is not there', 'user-missing', membership(5, 9999, 1)),
  setAside('in a group that is not there', 'group-missing', membership(6, 2, 9999)),
  setAside('of nobody', 'user-missing', membership(7, null, 1)),
  setAside('in nothing', 'group-missing', membership(8, 2, null)),
  changed('of a user in text', 'text-to-number', membership(9, ' 3', 3)),
]

const github = { provider: 'github', email: 'someone@example.com', name: 'Someone', picture: null }
const profile = '{"login": "someone", "id": 583231}'

export const dirtyAccounts: Marked[] = [
  copied('plain', account(1, '583231')),
  setAside('the same account elsewhere, later', 'duplicate', account(2, '583231', { user: 3 })),
  changed('no JSON', 'json-unreadable', account(3, 'three', { profile_data: '{broken' }), {
    leftovers: ['json-unreadable'],
    becomes: { profile_data: null },
  }),
  setAside('of a user that is not there', 'user-missing', account(4, 'four', { user: 9999 })),
  setAside('of nobody', 'user-missing', account(5, 'five', { user: null })),
  changed('a last sign-in that cannot be read', 'date-unreadable', account(6, 'six', { last_login_at: 'not a date' }), {
    becomes: { last_login_at: null },
  }),
  copied('no profile', account(7, 'seven', { profile_data: null })),
  changed('an empty profile', 'json-unreadable', account(8, 'eight', { profile_data: '' }), {
    leftovers: ['json-unreadable'],
  }),
  // JSON, but jsonb takes neither.
  changed('a NUL in JSON', 'json-unreadable', account(9, 'nine', { profile_data: '{"a": "\\u0000"}' }), {
    leftovers: ['json-unreadable'],
  }),
  changed('half a surrogate pair in JSON', 'json-unreadable', account(10, 'ten', { profile_data: '["\\ud800"]' }), {
    leftovers: ['json-unreadable'],
  }),
  copied(
    'a number that JavaScript would round',
    account(11, 'eleven', { profile_data: '{"id": 115000000000000000001}' }),
    { becomes: { profile_data: '{"id": 115000000000000000001}' } },
  ),
  copied('longer than its column', account(12, 'x'.repeat(400), { picture: `https://example.com/${'y'.repeat(900)}` })),
  changed('a number for the id elsewhere', 'number-to-text', account(13, 583232), {
    becomes: { provider_user_id: '583232' },
  }),
]

const noKey = { withoutKey: { fate: 'set aside' as const, reason: 'no-key' } }
const otherKey = Buffer.from('another-test-keyanother-test-key').toString('base64url')

export const dirtyTokens: Marked[] = [
  changed('plain', 'token-reencrypted', token(1, 1), noKey),
  changed('of the same account', 'token-reencrypted', token(2, 1, { refresh: encryptFernet('refresh') }), noKey),
  setAside('of an account that was set aside as a duplicate', 'account-missing', token(3, 2)),
  setAside('of an account of a missing user', 'account-missing', token(4, 4)),
  setAside('of no account', 'account-missing', token(5, null)),
  setAside('under another key', 'no-key', token(6, 3, { access: encryptFernet('secret', otherKey) })),
  changed('a token in clear', 'token-reencrypted', token(7, 3, { access: 'gho_in_clear' }), noKey),
  changed('an end that cannot be read', 'token-reencrypted date-unreadable', token(8, 6, { expires: 'never' }), {
    ...noKey,
    becomes: { access_token_expires_at: null },
  }),
]

function user(id: number | bigint, more: Record<string, Dirt> = {}): DirtyRow {
  return {
    id,
    created_at: moment,
    updated_at: moment,
    email: `user-${id}@example.com`,
    password: null,
    registration_key: '',
    reset_password_key: '',
    registration_id: '',
    first_name: `First ${id}`,
    last_name: `Last ${id}`,
    ...more,
  }
}

function names(first_name: Dirt, last_name: Dirt): Record<string, Dirt> {
  return { first_name, last_name }
}

function group(id: number, role: Dirt): DirtyRow {
  return { id, created_at: moment, updated_at: moment, role, description: `Group ${id}` }
}

function membership(id: number, user: Dirt, auth_group: Dirt): DirtyRow {
  return { id, created_at: moment, updated_at: moment, user, auth_group }
}

function account(id: number, provider_user_id: Dirt, more: Record<string, Dirt> = {}): DirtyRow {
  const moments = { created_at: moment, last_login_at: null }
  return { id, user: 2, ...github, provider_user_id, profile_data: profile, ...moments, ...more }
}

type TokenParts = { access?: string; refresh?: string; expires?: string }

function token(id: number, oauth_account: Dirt, { access, refresh, expires }: TokenParts = {}): DirtyRow {
  return {
    id,
    oauth_account,
    access_token_encrypted: access ?? encryptFernet(`access ${id}`),
    refresh_token_encrypted: refresh ?? null,
    token_type: 'Bearer',
    scope: 'x'.repeat(600),
    access_token_expires_at: expires ?? null,
    refresh_token_expires_at: null,
    created_at: moment,
    updated_at: moment,
  }
}
