import { loadConfig } from '../config.ts'
import { withDatabase } from '../db/open.ts'
import { AppError, StartError } from '../errors.ts'
import { assignRole, removeRole } from '../permissions/queries.ts'
import { normaliseEmail } from '../users/user.ts'
import { requireSchema } from './require-schema.ts'

/** Counts from the next request of that person on, in every process. */
export async function changeRole(
  address: string,
  role: string,
  { remove = false }: { remove?: boolean },
): Promise<void> {
  const email = normaliseEmail(address)
  await withDatabase(loadConfig(), async ({ db, reader }) => {
    await requireSchema(reader)
    try {
      await (remove ? removeRole : assignRole)(db, email, role)
    } catch (error) {
      throw error instanceof AppError ? new StartError(error.message) : error
    }
    console.log(remove ? `${email} no longer has the role ${role}.` : `${email} has the role ${role}.`)
  })
}
