import type { FastifyRequest } from 'fastify'
import type { Db } from '../db/pool.ts'
import { countAttempt, networkOf } from '../limits/queries.ts'
import { slugOf } from '../slug.ts'
import { text } from '../texts/texts.ts'
import { findAuthor } from '../users/queries.ts'
import { type NewGuest, guestIn } from './guest.ts'
import { findGuest } from './queries.ts'

const perNetwork = { most: 20, windowSeconds: 3600 }
const perAddress = { most: 5, windowSeconds: 3600 }

/** Known by the cookie, or somebody new whose form is good. `is_known`: something of theirs is shown. */
export type Guest = { guest_id: number; is_known: boolean } | { guest: NewGuest; is_known: false }

/** Counts the try for the network, and for the address that a mail would go to. */
export async function guestAsking(
  db: Db,
  request: FastifyRequest,
  cookie_id: number | null,
): Promise<Guest | { errors: Record<string, string> }> {
  await countAttempt(db, 'guest comment', networkOf(request.ip), perNetwork)
  const found = cookie_id === null ? undefined : await findGuest(db, cookie_id)
  if (found) return { guest_id: found.id, is_known: found.is_known }
  const guest = guestIn(request)
  if ('errors' in guest) return guest
  const account = await findAuthor(db, slugOf(guest.name, 'person'))
  if (account && folded(account.name) === folded(guest.name))
    return { errors: { guest_name: text('guests.nameIsTaken') } }
  await countAttempt(db, 'guest mail', guest.email, perAddress)
  return { guest, is_known: false }
}

function folded(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim()
}
