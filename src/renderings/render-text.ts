import type { Db } from '../db/pool.ts'
import { renderIn } from '../markdown/formats.ts'
import type { Rendered } from '../markdown/render.ts'
import { pictureKeys } from '../markdown/library-pictures.ts'
import { type Surroundings, noSurroundings } from '../markdown/surroundings.ts'
import { findPictures } from '../media/queries.ts'

/** The page of a text, with what it points at. Throws as renderSafely(). */
export async function renderText(db: Db, format: string, text: string): Promise<Rendered> {
  return await renderIn(format, text, await findSurroundings(db, text))
}

async function findSurroundings(db: Db, text: string): Promise<Surroundings> {
  const pictures = await findPictures(db, pictureKeys(text))
  return { ...noSurroundings, pictures }
}
