// What somebody who manages accounts ends of another's, with the account held still while its rights are looked at.
import { joined } from '../db/joined.ts'
import type { Db } from '../db/pool.ts'
import type { Visitor } from '../http/app.ts'
import { holdPerson } from '../people/queries.ts'
import { removeFactor } from '../second-factor/queries.ts'
import { endEverySession } from '../session-list/queries.ts'

/** Signed out everywhere, and programs too. */
export async function endSessionsOfPerson(db: Db, id: number, visitor: Visitor, ip: string): Promise<void> {
  await db.transaction().execute(async (db) => {
    await holdPerson(db, id, visitor)
    await endEverySession(joined(db), id, { id: visitor.id, ip })
  })
}

/** Whoever takes the factor away is half-way in, so nobody does it to an owner but an owner. */
export async function removeFactorOfPerson(db: Db, id: number, visitor: Visitor, ip: string): Promise<void> {
  await db.transaction().execute(async (db) => {
    await holdPerson(db, id, visitor)
    await removeFactor(db, id, { id: visitor.id, ip })
  })
}
