// Passwords are kept as argon2id; those of the older Bloggy until their owner signs in.
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { readArgon2id, writeArgon2id } from './argon2id.ts'
import { matchesLegacyHash, readLegacyHash } from './legacy.ts'
import { newTurns } from './turns.ts'

const derive = promisify(argon2)

// Each takes 20 MB and a thread.
const inTurn = newTurns(2, 100)

// OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane.
const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 }

export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16)
  const tag = await inTurn(() => derive('argon2id', { message: password, nonce, ...cost }))
  return writeArgon2id({ ...cost, nonce, tag })
}

/**
 * False also for a missing or unreadable hash, after the same work: how long it takes does not tell whether there is
 * an account, nor whether its hash is one of the older Bloggy. Those take a tenth of the time to compare, so argon2
 * runs beside them and its answer is thrown away. `legacyKey` is the setting LEGACY_AUTH_KEY.
 */
export async function verifyPassword(
  password: string,
  hash: string | null | undefined,
  legacyKey: string,
): Promise<boolean> {
  const known = readArgon2id(hash ?? '')
  if (known) {
    const { tag, ...parts } = known
    const found = await inTurn(() => derive('argon2id', { message: password, ...parts, tagLength: tag.length }))
    return timingSafeEqual(found, tag)
  }
  const legacy = readLegacyHash(hash ?? '')
  const decoy = { message: password, nonce: randomBytes(16), ...cost }
  const [isRight] = await inTurn(() =>
    Promise.all([legacy !== undefined && matchesLegacyHash(password, legacy, legacyKey), derive('argon2id', decoy)]),
  )
  return isRight
}
