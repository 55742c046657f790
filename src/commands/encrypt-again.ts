// `bloggy encrypt-again`: after a new key was put before the others of OAUTH_TOKEN_KEY.
import { loadConfig } from '../config.ts'
import { limitsOf, withServer } from '../db/open.ts'
import { openDatabase } from '../db/pool.ts'
import { probe } from '../db/probe.ts'
import { CommandError, StartError } from '../errors.ts'
import { encryptAgain } from '../oauth/encrypt-again.ts'
import { answer, exitCodes } from './answer.ts'
import { requireSchema } from './require-schema.ts'

export async function encryptWithFirstKey({ json }: { json?: boolean }): Promise<void> {
  const config = loadConfig()
  const keys = config.oauthTokenKeys
  if (!keys) throw new StartError('OAUTH_TOKEN_KEY is not set, so nothing can be encrypted with it.')
  await withServer(config, async (target) => {
    await probe(target, limitsOf(config))
    const { db, reader, close } = openDatabase(target, limitsOf(config))
    try {
      await requireSchema(reader)
      const { again, before, unreadable } = await encryptAgain(db, keys)
      answer(
        json,
        { encrypted_now: again, encrypted_before: before, unreadable },
        `Encrypted with the first key: ${again} now, ${before} before.`,
      )
      if (unreadable > 0)
        throw new CommandError(`${unreadable} cannot be read with these keys and stay as they are.`, exitCodes.failed)
    } finally {
      await close()
    }
  })
}
