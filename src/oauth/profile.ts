// Who somebody is, in the words of each service.
import { cleanName, isEmail, nameError, normaliseEmail } from '../users/user.ts'
import { Refusal } from './refusal.ts'

export type Profile = {
  /** As `oauth_accounts.provider_user_id` has it. */
  id: string
  /** As the older Bloggy had it, where that differs. */
  former_ids: string[]
  email: string | null
  /** The service says that the address is this person's, and its word is taken. */
  isVouched: boolean
  name: string | null
}

type Said = Record<string, unknown>

/** OpenID Connect: what the ID token says, and what the service adds to it. */
export function ofClaims(claims: Said, vouches: boolean): Profile {
  const email = emailOf(claims.email)
  return {
    id: idOf(claims.sub),
    former_ids: [],
    email,
    isVouched: vouches && email !== null && claims.email_verified === true,
    name: nameOf(claims.name, claims.preferred_username),
  }
}

const guid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i
const personalTenant = '9188040d-6c67-4c5b-b112-36a304b66dad'

/**
 * Microsoft: an object of a directory, which together with its tenant is one person for every application. The older
 * Bloggy kept what the Graph says: the object alone, or the end of it where the account is a person's own.
 */
export function ofMicrosoft(claims: Said): Profile {
  const [tenant, object] = [String(claims.tid).toLowerCase(), String(claims.oid).toLowerCase()]
  if (!guid.test(tenant) || !guid.test(object))
    throw new Refusal('untrue', 'The ID token names no tenant or no object.')
  const own = tenant === personalTenant ? [object.slice(-17).replace('-', '')] : []
  return { ...ofClaims(claims, false), id: `${tenant}:${object}`, former_ids: [object, ...own] }
}

/** GitHub: the address is the one that it calls primary and verified. */
export function ofGithub(user: unknown, emails: unknown): Profile {
  const { id, login, name } = asSaid(user)
  const list = Array.isArray(emails) ? emails.map(asSaid) : []
  const email = emailOf(list.find(({ primary, verified }) => primary === true && verified === true)?.email)
  return { id: idOf(id), former_ids: [], email, isVouched: email !== null, name: nameOf(name, login) }
}

/** Facebook says nothing about whether the address was ever confirmed. */
export function ofFacebook(me: unknown): Profile {
  const { id, name, email } = asSaid(me)
  return { id: idOf(id), former_ids: [], email: emailOf(email), isVouched: false, name: nameOf(name) }
}

function asSaid(value: unknown): Said {
  return typeof value === 'object' && value !== null ? (value as Said) : {}
}

function idOf(value: unknown): string {
  const id = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
  if (typeof id !== 'string' || id === '' || id.length > 255 || id.includes('\0'))
    throw new Refusal('untrue', 'The service does not say who this is.')
  return id
}

function emailOf(value: unknown): string | null {
  const email = typeof value === 'string' ? normaliseEmail(value) : ''
  return isEmail(email) ? email : null
}

/** The first that is a name here; an address is none, and is not to be shown. */
function nameOf(...values: unknown[]): string | null {
  const names = values.map((value) => (typeof value === 'string' ? shortened(cleanName(value)) : ''))
  return names.find((name) => !nameError(name) && !name.includes('@')) ?? null
}

const longestName = 128

function shortened(name: string): string {
  const whole = name.toWellFormed()
  return whole.length <= longestName
    ? whole
    : whole
        .slice(0, longestName)
        .toWellFormed()
        .replace(/\ufffd$/, '')
        .trim()
}
