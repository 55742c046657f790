// `bloggy encrypt-again`: after a new key was put before the others of OAUTH_TOKEN_KEY.
import { loadConfig } from '../config.ts'
import { limitsOf, withServer } from '../db/open.ts'
import { openDatabase } from '../db/pool.ts'
import { probe } from '../db/probe.ts'
import { StartError } from '../errors.ts'
import { encryptAgain } from '../oauth/encrypt-again.ts'
import { requireSchema } from './require-schema.ts'

export async function encryptWithFirstKey(): Promise<void> {
  const config = loadConfig()
  const keys = config.oauthTokenKeys
  if (!keys) throw new StartError('OAUTH_TOKEN_KEY is not set, so nothing can be encrypted with it.')
  await withServer(config, async (target) => {
    await probe(target, limitsOf(config))
    const { db, reader, close } = openDatabase(target, limitsOf(config))
    try {
      await requireSchema(reader)
      const { again, before, unreadable } = await encryptAgain(db, keys)
      console.log(`Encrypted with the first key: ${again} now, ${before} before.`)
      if (unreadable === 0) return
      console.error(`${unreadable} cannot be read with these keys and stay as they are.`)
      process.exitCode = 1
    } finally {
      await close()
    }
  })
}
