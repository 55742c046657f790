// What the secrets of second factors are encrypted with. See docs/decisions/0033.
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.ts'

type KeyConfig = Pick<Config, 'oauthTokenKeys' | 'databaseUrl' | 'dataFolder'>

/** Every key that a secret may have been encrypted with. */
export function keysOf(config: KeyConfig): Buffer[] {
  const kept = readKey(config)
  return [...(config.oauthTokenKeys ?? []), ...(kept ? [kept] : [])]
}

/**
 * The key for a new secret. Where the database lies in the data folder, one is made and kept beside it; with a database
 * elsewhere there may be several processes on several machines, so the operator has to give them one: undefined.
 */
export function keyForNew(config: KeyConfig): Buffer | undefined {
  const [given] = config.oauthTokenKeys ?? []
  if (given || config.databaseUrl) return given
  return readKey(config) ?? makeKey(config)
}

function readKey(config: KeyConfig): Buffer | undefined {
  try {
    const key = Buffer.from(readFileSync(placeOfKey(config), 'utf8').trim(), 'base64')
    return key.length === 32 ? key : undefined
  } catch {
    return undefined
  }
}

function makeKey(config: KeyConfig): Buffer | undefined {
  try {
    // Of two processes at once one writes, and the other takes what it wrote.
    writeFileSync(placeOfKey(config), `${randomBytes(32).toString('base64')}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readKey(config)
}

function placeOfKey({ dataFolder }: KeyConfig): string {
  return join(dataFolder, 'second-factor.key')
}
