// What follows when a service has said who somebody is. Nobody is connected with an account that they have not proved to
// be theirs: see docs/decisions/0032.
import type { Db } from '../db/pool.ts'
import { conflict } from '../errors.ts'
import { countAttempt } from '../limits/queries.ts'
import type { Provider } from '../provider-settings.ts'
import { type Door, openSession } from '../sessions/open-session.ts'
import { text } from '../texts/texts.ts'
import { mailProofOf } from './mail-proof.ts'
import type { Profile } from './profile.ts'
import {
  askToConfirm,
  confirmByProvider,
  findConnected,
  insertConnection,
  insertNewcomer,
  isProvedByMail,
  isTaken,
  recordDeed,
  refreshConnection,
  tellOfAccount,
} from './queries.ts'
import type { Reason } from './refusal.ts'

/** `sent`: a mail is on its way, and nobody is signed in before it was read. */
type Outcome = { onward: string } | 'sent' | { refused: Reason }

type Arrival = {
  provider: Provider
  profile: Profile
  isKept: boolean
  /** Where to go on when everything was asked for. */
  next: string
  /** Whether the blog takes new accounts. */
  isOpen: boolean
}

// As with a registration that is repeated.
const mailsPerAddress = { most: 5, windowSeconds: 3600 }

export async function signInBy(door: Door, arrival: Arrival): Promise<Outcome> {
  const { app, request } = door
  const { provider, profile } = arrival
  return await app.db.transaction().execute(async (db) => {
    const connected = await findConnected(db, provider, profile)
    const outcome = connected ? await comeBack(db, door, arrival, connected) : await comeNew(db, door, arrival)
    if (typeof outcome === 'object' && 'refused' in outcome) {
      const user_id = connected?.user_id ?? null
      await recordDeed(db, { action: 'oauth.refused', user_id, provider, ip: request.ip, reason: outcome.refused })
    }
    return outcome
  })
}

type Connected = NonNullable<Awaited<ReturnType<typeof findConnected>>>

async function comeBack(db: Db, door: Door, arrival: Arrival, connected: Connected): Promise<Outcome> {
  const { provider, profile, isKept, next } = arrival
  const { user_id, email } = connected
  const { ip } = door.request
  if (connected.state !== 'active') return { refused: 'account-closed' }
  if (email !== null && connected.email_confirmed_at === null) {
    const isVouched = profile.isVouched && profile.email === email.toLowerCase()
    const proof = mailProofOf(door.app, door.request)
    if (!isVouched && !(proof && (await isProvedByMail(db, user_id, proof)))) {
      await countAttempt(db, 'confirm by service', email, mailsPerAddress)
      await askToConfirm(db, email, provider)
      return 'sent'
    }
    await confirmByProvider(db, user_id, connected, ip)
  }
  await refreshConnection(db, connected, profile)
  await recordDeed(db, { action: 'oauth.signed-in', user_id, provider, ip })
  return { onward: await openSession(db, door, user_id, isKept, next) }
}

async function comeNew(db: Db, door: Door, { provider, profile, isKept, next, isOpen }: Arrival): Promise<Outcome> {
  const { email, isVouched: isConfirmed } = profile
  const { ip } = door.request
  const hasAccount = email !== null && (await isTaken(db, email))
  // Only who has proved the address learns that there is an account with it.
  if (hasAccount && isConfirmed) return { refused: 'has-account' }
  if (!isOpen) return { refused: 'no-new-accounts' }
  if (email === null) return { refused: 'no-address' }
  if (!isConfirmed) await countAttempt(db, 'confirm by service', email, mailsPerAddress)
  if (hasAccount) {
    await tellOfAccount(db, email, provider)
    return 'sent'
  }

  const name = profile.name ?? text('oidc.newcomer')
  const user = await insertNewcomer(db, { email, name, isConfirmed })
  if (!user) throw conflict(text('oidc.atOnce'))
  await insertConnection(db, user.id, provider, profile)
  await recordDeed(db, { action: 'user.registered', user_id: user.id, provider, ip })
  await recordDeed(db, { action: 'oauth.connected', user_id: user.id, provider, ip })
  if (!isConfirmed) {
    await askToConfirm(db, email, provider)
    return 'sent'
  }
  await recordDeed(db, { action: 'oauth.signed-in', user_id: user.id, provider, ip })
  return { onward: await openSession(db, door, user.id, isKept, next) }
}
