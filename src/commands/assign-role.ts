import { loadConfig } from '../config.ts'
import { withDatabase } from '../db/open.ts'
import { assignRole, removeRole } from '../permissions/queries.ts'
import { normaliseEmail } from '../users/user.ts'
import { answer, asCommandError } from './answer.ts'
import { requireSchema } from './require-schema.ts'

/** Counts from the next request of that person on, in every process. */
export async function changeRole(
  address: string,
  role: string,
  { remove = false, json }: { remove?: boolean; json?: boolean },
): Promise<void> {
  const email = normaliseEmail(address)
  await withDatabase(loadConfig(), async ({ db, reader }) => {
    await requireSchema(reader)
    try {
      await (remove ? removeRole : assignRole)(db, email, role)
    } catch (error) {
      throw asCommandError(error)
    }
    const words = remove ? `${email} no longer has the role ${role}.` : `${email} has the role ${role}.`
    answer(json, { email, role, has_role: !remove }, words)
  })
}
