import type { Db } from '../db/pool.ts'
import type { Visitor } from '../http/app.ts'
import { countAttempt } from '../limits/queries.ts'

const day = 24 * 3600
const perInviter = { most: 50, windowSeconds: day }
const perAddress = { most: 5, windowSeconds: day }

/** Mail to somebody who did not ask for it, whatever says so: throws when there was enough. */
export async function countInvitation(db: Db, visitor: Visitor, address: string): Promise<void> {
  await countAttempt(db, 'invite by', String(visitor.id), perInviter)
  await countAttempt(db, 'invite to', address, perAddress)
}
