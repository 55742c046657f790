// `bloggy second-factor remove`: for somebody who lost both the phone and the codes on paper.
import { loadConfig } from '../config.ts'
import { withDatabase } from '../db/open.ts'
import { CommandError } from '../errors.ts'
import { removeFactor } from '../second-factor/queries.ts'
import { findAccountByEmail } from '../users/queries.ts'
import { normaliseEmail } from '../users/user.ts'
import { answer, exitCodes } from './answer.ts'
import { requireSchema } from './require-schema.ts'

export async function removeSecondFactor(address: string, { json }: { json?: boolean }): Promise<void> {
  const email = normaliseEmail(address)
  await withDatabase(loadConfig(), async ({ db, reader }) => {
    await requireSchema(reader)
    const account = await findAccountByEmail(db, email)
    if (!account) throw new CommandError(`There is no such account as ${email} here.`, exitCodes.notFound)
    const isRemoved = await db.transaction().execute((db) => removeFactor(db, account.id, { id: null, ip: null }))
    if (!isRemoved) throw new CommandError(`${email} has no second factor.`, exitCodes.notFound)
    answer(json, { email, has_second_factor: false }, `${email} signs in without a second factor now.`)
  })
}
