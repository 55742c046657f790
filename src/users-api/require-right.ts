import type { Db } from '../db/pool.ts'
import { forbidden, notFound } from '../errors.ts'
import type { Visitor } from '../http/app.ts'
import { type PersonRights, rightsOverPerson } from '../people/person.ts'
import { canLookAfterPeople } from '../permissions/team.ts'
import { findRights } from '../sessions/queries.ts'
import { text } from '../texts/texts.ts'
import { findUserRow } from './queries.ts'
import { canSee } from './user-resource.ts'

/** Throws unless the visitor knows of the account and may do this to it, or one of these. */
export async function requireRight(
  db: Db,
  visitor: Visitor,
  id: number,
  ...wanted: (keyof PersonRights)[]
): Promise<PersonRights> {
  const row = await findUserRow(db, id)
  const person = row && canSee(visitor, row) ? await findRights(db, id) : undefined
  if (!person) throw notFound('person')
  const rights = rightsOverPerson(visitor, person)
  if (rights.isSelf && wanted.includes('isSelf')) return rights
  if (!canLookAfterPeople(visitor)) throw forbidden()
  if (rights.isAbove) throw forbidden(text('team.above'))
  if (!wanted.some((right) => rights[right])) throw forbidden()
  return rights
}
