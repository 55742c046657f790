// `bloggy second-factor remove`: for somebody who lost both the phone and the codes on paper.
import { loadConfig } from '../config.ts'
import { withDatabase } from '../db/open.ts'
import { StartError } from '../errors.ts'
import { removeFactor } from '../second-factor/queries.ts'
import { findAccountByEmail } from '../users/queries.ts'
import { normaliseEmail } from '../users/user.ts'
import { requireSchema } from './require-schema.ts'

export async function removeSecondFactor(address: string): Promise<void> {
  const email = normaliseEmail(address)
  await withDatabase(loadConfig(), async ({ db, reader }) => {
    await requireSchema(reader)
    const account = await findAccountByEmail(db, email)
    if (!account) throw new StartError(`There is no such account as ${email} here.`)
    const isRemoved = await db.transaction().execute((db) => removeFactor(db, account.id, { id: null, ip: null }))
    if (!isRemoved) throw new StartError(`${email} has no second factor.`)
    console.log(`${email} signs in without a second factor now.`)
  })
}
