// The settings row, kept in memory: PostgreSQL announces a change, and a look every few seconds catches a missed one.
import type { FastifyBaseLogger } from 'fastify'
import type { Database } from '../db/pool.ts'
import { speak } from '../texts/texts.ts'
import { type Settings, loadSettings } from './queries.ts'

export type CurrentSettings = {
  get: () => Settings
  /** After a write of our own, so that the next answer of this process already shows it. */
  refresh: () => Promise<void>
  close: () => Promise<void>
}

const lookEveryMs = 4000

export async function watchSettings({ db, listener }: Database, logger: FastifyBaseLogger): Promise<CurrentSettings> {
  let settings = await loadSettings(db)
  speak(settings.language)
  let asked = 0
  let answered = 0
  const refresh = async () => {
    const turn = ++asked
    const found = await loadSettings(db, settings)
    // Two may ask at once, and the one that asked first may hear last.
    if (turn < answered) return
    answered = turn
    if (found.version < settings.version || found.theme_number < settings.theme_number) return
    if (found.language !== settings.language) speak(found.language)
    settings = found
  }
  const look = () =>
    void refresh().catch((error: Error) => logger.warn({ reason: error.message }, 'settings not refreshed'))
  const timer = setInterval(look, lookEveryMs)
  // The second function runs at every new connection: what was announced while it was lost is read then.
  const listening = listener.listen('settings', look, look)
  listening.catch((error: Error) => logger.warn({ reason: error.message }, 'not listening for settings'))
  return {
    get: () => settings,
    refresh,
    close: async () => {
      clearInterval(timer)
      await listening.then(({ unlisten }) => unlisten()).catch(() => {})
    },
  }
}
