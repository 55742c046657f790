import type { Db } from '../db/pool.ts'
import { findEmbeds, noteEmbeds } from '../embeds/queries.ts'
import { listAddresses } from '../markdown/cards.ts'
import { renderIn } from '../markdown/formats.ts'
import { pictureKeys } from '../markdown/library-pictures.ts'
import type { Rendered } from '../markdown/render.ts'
import { rendererVersion } from '../markdown/renderer-version.ts'
import { type Surroundings, noSurroundings } from '../markdown/surroundings.ts'
import { type Pictures, findPictures, noteChangedPictures } from '../media-uses/queries.ts'
import { AppError } from '../errors.ts'
import { type Turn, inBackground } from '../threads/line.ts'
import { replaceRendering } from './queries.ts'

/** The page of a text, with what it points at. Throws as renderSafely(). */
export async function renderText(db: Db, format: string, text: string, turn: Turn): Promise<RenderedText> {
  if (format === 'plain') return { ...(await renderIn(format, text, noSurroundings, turn)), pictures: new Map() }
  const surroundings = await findSurroundings(db, text)
  return { ...(await renderIn(format, text, surroundings, turn)), pictures: surroundings.pictures }
}

/** With what it was made of, for noteSurroundings(). */
export type RenderedText = Rendered & { pictures: Pictures }

/** Called in the transaction that writes a page: cards that are missing are asked for, changed pictures looked at again. */
export async function noteSurroundings(db: Db, post_id: number, { cards, pictures }: RenderedText): Promise<void> {
  await noteEmbeds(db, post_id, cards)
  await noteChangedPictures(db, post_id, pictures)
}

async function findSurroundings(db: Db, text: string): Promise<Surroundings & { pictures: Pictures }> {
  const [embeds, pictures] = await Promise.all([
    findEmbeds(db, listAddresses(text)),
    findPictures(db, pictureKeys(text)),
  ])
  return { embeds, pictures }
}

/** The page of a stored Markdown post. One that is saved meanwhile is left to its save; too slow a text keeps its page. */
export async function renderPostAgain(
  db: Db,
  { id, version, body }: { id: number; version: number; body: string },
): Promise<void> {
  const rendered = await renderText(db, 'markdown', body, inBackground).catch((error: unknown) => {
    // The job is done again when there is less to do.
    if (error instanceof AppError && error.kind === 'busy') throw error
    return undefined
  })
  await db.transaction().execute(async (db) => {
    const isReplaced = await replaceRendering(db, { id, version }, rendered, rendererVersion)
    if (isReplaced && rendered) await noteSurroundings(db, id, rendered)
  })
}
